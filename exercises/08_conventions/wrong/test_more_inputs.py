QUESTION = "08.4"
MISTAKE = "more-inputs"
ANSWER = "C"
