QUESTION = "91.3"
ANSWER = "(1 - tanh(a / 2) ** 2) / 4"
