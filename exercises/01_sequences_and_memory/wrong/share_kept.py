QUESTION = "01.3"
MISTAKE = "kept-for-taken"
ANSWER = "1 / exp(log(2) / k)"
