QUESTION = "01.1"
MISTAKE = None
ANSWER = "a, e"  # Two are missing, and nothing wrong is there.
