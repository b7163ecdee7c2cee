QUESTION = "04.1"
MISTAKE = "base-is-alpha"
ANSWER = 0.17718
