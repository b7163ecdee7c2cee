QUESTION = "04.4"
MISTAKE = "forget-keeps"
ANSWER = "1 - 1/(1 - u)"
