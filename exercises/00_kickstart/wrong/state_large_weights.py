QUESTION = "00.1"
MISTAKE = "larger-weights-remember-better"
ANSWER = "acde"
