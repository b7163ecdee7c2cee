QUESTION = "00.2"
MISTAKE = None
ANSWER = 0.7  # Rounded too much.
