QUESTION = "91.8"
ANSWER = "Because."
MISTAKE = None
