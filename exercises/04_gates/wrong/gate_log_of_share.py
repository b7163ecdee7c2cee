QUESTION = "04.3"
MISTAKE = "log-of-share"
ANSWER = "log(exp(delta / tau) - 1) - delta / tau"  # The denominator multiplied away.
