QUESTION = "09.4"
MISTAKE = "share-as-bias"
ANSWER = "1 - exp(log(1 / 2) / k)"
