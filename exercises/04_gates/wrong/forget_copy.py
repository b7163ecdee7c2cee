QUESTION = "04.4"
MISTAKE = "forget-copy-left-out"
ANSWER = "-(u**(-1))"
