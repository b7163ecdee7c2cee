QUESTION = "01.3"
ANSWER = "1 - exp(log(0.5) / k)"
