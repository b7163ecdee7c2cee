QUESTION = "01.3"
ANSWER = "(exp(log(2) / k) - 1) / exp(log(2) / k)"
