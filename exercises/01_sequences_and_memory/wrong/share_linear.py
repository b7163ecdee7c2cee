QUESTION = "01.3"
MISTAKE = "loses-the-same-each-step"
ANSWER = "0.5 / k"
