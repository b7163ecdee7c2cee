QUESTION = "04.3"
ANSWER = "log((1 - exp(-delta/tau)) / exp(-delta/tau))"
