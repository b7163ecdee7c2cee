QUESTION = "09.4"
MISTAKE = None
ANSWER = "log(exp(log(2) / k) - 1) / 2"
