QUESTION = "04.4"
MISTAKE = "z-one-forgets"
ANSWER = "1"
