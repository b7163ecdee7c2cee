QUESTION = "01.3"
MISTAKE = None
ANSWER = "1 - exp(-2 / k)"  # ln 2 forgotten, and 2 left in its place.
