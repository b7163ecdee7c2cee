QUESTION = "01.4"
MISTAKE = "one-over-alpha"
ANSWER = 12.5
