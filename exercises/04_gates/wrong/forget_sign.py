QUESTION = "04.4"
MISTAKE = "forget-sign-of-u"
ANSWER = "(1 + u)**(-1)"
