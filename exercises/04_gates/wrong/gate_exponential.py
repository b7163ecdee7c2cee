QUESTION = "04.3"
MISTAKE = None
ANSWER = "exp(delta / tau) - 1"  # exp(a), the last logarithm forgotten.
