QUESTION = "03.5"
MISTAKE = None
ANSWER = "a, e, f"
