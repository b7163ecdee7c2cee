QUESTION = "00.3"
MISTAKE = None
ANSWER = 0.17678  # The geometric mean of the probabilities.
