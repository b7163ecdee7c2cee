QUESTION = "00.3"
MISTAKE = "end-left-out"
ANSWER = 2.6667
