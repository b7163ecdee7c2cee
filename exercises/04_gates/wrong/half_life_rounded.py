QUESTION = "04.1"
MISTAKE = None
ANSWER = 34  # Whole steps, which was not asked for.
