QUESTION = "01.3"
MISTAKE = "time-constant-for-half-life"
ANSWER = "(exp(1 / k) - 1) / exp(1 / k)"
