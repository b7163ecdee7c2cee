QUESTION = "03.4"
ANSWER = "(1 - h**2) * (h + u * (1 - h**2) * (h + u * (1 - h**2) * h))"
