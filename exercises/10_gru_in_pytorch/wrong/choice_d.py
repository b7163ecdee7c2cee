QUESTION = "10.4"
MISTAKE = "values-for-gradients"
ANSWER = "d"
