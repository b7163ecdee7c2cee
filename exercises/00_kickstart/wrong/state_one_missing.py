QUESTION = "00.1"
MISTAKE = None
ANSWER = "a, c"  # e is missing, and nothing wrong is there.
