QUESTION = "09.4"
MISTAKE = "log-of-share"
ANSWER = "log(1 - 1 / exp(log(2) / k))"
