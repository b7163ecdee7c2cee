QUESTION = "03.1"
MISTAKE = "two-logarithms"
ANSWER = 25  # -2 over the natural logarithm.
