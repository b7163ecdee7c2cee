QUESTION = "00.3"
MISTAKE = "sum-not-mean"
ANSWER = 10
