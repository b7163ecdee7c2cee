QUESTION = "04.3"
ANSWER = "delta/tau + log(1 - exp(-delta/tau))"
