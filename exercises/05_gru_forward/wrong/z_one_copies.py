QUESTION = "05.5"
ANSWER = ["b"]
MISTAKE = "z-one-copies"
