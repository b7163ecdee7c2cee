QUESTION = "05.5"
ANSWER = "A"
MISTAKE = "z-one-keeps-nothing"
