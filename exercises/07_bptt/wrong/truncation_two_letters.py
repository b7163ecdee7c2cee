QUESTION = "07.5"
MISTAKE = None
ANSWER = "a and b"
