QUESTION = "06.6"
MISTAKE = None
ANSWER = 0.2689 * -0.5 + 0.7311 * 0.4621  # The new state in place of its derivative.
