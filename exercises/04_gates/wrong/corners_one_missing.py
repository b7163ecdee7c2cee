QUESTION = "04.5"
MISTAKE = None
ANSWER = "a, e"  # d is missing, and nothing wrong is there.
