QUESTION = "03.1"
MISTAKE = "determinant-for-radius"
ANSWER = 29  # How an area shrinks, not a length.
