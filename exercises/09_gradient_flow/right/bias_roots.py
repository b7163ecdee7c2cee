QUESTION = "09.4"
ANSWER = "log(sqrt(exp(2 * log(2) / k)) - 1)"
