QUESTION = "04.1"
MISTAKE = "one-over-alpha"
ANSWER = 50
