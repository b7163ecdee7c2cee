QUESTION = "01.4"
MISTAKE = None
ANSWER = 23  # One less.
