QUESTION = "09.4"
ANSWER = "log((1 - exp(-log(2) / k)) / exp(-log(2) / k))"
