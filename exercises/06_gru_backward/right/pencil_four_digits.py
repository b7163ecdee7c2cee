QUESTION = "06.6"
ANSWER = 0.9347  # Four digits.
