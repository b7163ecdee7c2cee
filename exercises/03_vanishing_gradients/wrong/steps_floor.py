QUESTION = "03.1"
MISTAKE = "rounded-down"
ANSWER = int(56.67)
