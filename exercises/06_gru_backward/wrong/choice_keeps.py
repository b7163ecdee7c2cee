QUESTION = "06.5"
MISTAKE = "partial-for-total"
ANSWER = "a"  # A fraction of the gradient, the factor of one line.
