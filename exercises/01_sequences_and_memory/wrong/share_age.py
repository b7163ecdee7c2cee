QUESTION = "01.3"
MISTAKE = "mean-age-for-half-life"
ANSWER = "1 - k / (1 + k)"
