QUESTION = "01.4"
MISTAKE = "two-over-alpha"
ANSWER = 25
