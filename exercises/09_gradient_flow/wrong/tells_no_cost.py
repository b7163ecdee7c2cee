QUESTION = "09.5"
MISTAKE = "chrono-is-free"
ANSWER = ["a", "c", "e", "f"]
