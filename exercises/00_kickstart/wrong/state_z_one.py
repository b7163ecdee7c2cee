QUESTION = "00.1"
MISTAKE = "z-one-keeps-nothing"
ANSWER = "A C E F"
