QUESTION = "04.4"
ANSWER = "-(u - 1)**(-1)"
