QUESTION = "09.4"
MISTAKE = "bias-for-slow-units"
ANSWER = "log(log(2)) - log(k)"
