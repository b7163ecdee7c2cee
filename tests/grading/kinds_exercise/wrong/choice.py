QUESTION = "91.4"
ANSWER = "C"
MISTAKE = "z-one-forgets"
