QUESTION = "02.4"
ANSWER = "C "  # A capital, with a blank.
