QUESTION = "00.3"
MISTAKE = "mean-before-logarithm"
ANSWER = 2.0931
