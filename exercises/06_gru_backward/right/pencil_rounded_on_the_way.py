QUESTION = "06.6"
ANSWER = 0.27 - 0.2875 + 0.3783 + 0.5740  # Rounded on the way, within the tolerance.
