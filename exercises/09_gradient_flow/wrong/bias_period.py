QUESTION = "09.4"
MISTAKE = "chrono-for-half-life"
ANSWER = "log(1 / (k - 1))"
