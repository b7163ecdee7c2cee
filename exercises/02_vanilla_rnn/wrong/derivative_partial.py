QUESTION = "02.2"
MISTAKE = "partial-for-total"
ANSWER = "h_1 - h_1*h_2**2"  # One line, its other letter held.
