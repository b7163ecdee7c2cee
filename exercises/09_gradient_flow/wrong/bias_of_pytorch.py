QUESTION = "09.4"
MISTAKE = "bias-sign"
ANSWER = "log(1 / (exp(log(2) / k) - 1))"
