QUESTION = "10.4"
MISTAKE = "poor-point"
ANSWER = "e"
