QUESTION = "09.4"
MISTAKE = "bias-sign"
ANSWER = "-log(exp(log(2) / k) - 1) * 1"
