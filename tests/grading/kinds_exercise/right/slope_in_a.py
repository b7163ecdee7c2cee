QUESTION = "91.3"
ANSWER = "exp(-a) / (1 + exp(-a)) ** 2"
