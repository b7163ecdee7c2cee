QUESTION = "00.2"
MISTAKE = "bias-missing"
ANSWER = 0.7846
