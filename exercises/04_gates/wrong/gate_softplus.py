QUESTION = "04.3"
MISTAKE = "softplus-not-inverted"
ANSWER = "delta / tau + log(1 + exp(-delta / tau))"
