QUESTION = "00.3"
MISTAKE = "divided-by-letters"
ANSWER = 3.3333
