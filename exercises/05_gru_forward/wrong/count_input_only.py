QUESTION = "05.6"
ANSWER = 3 * (4 * 6 + 6)
MISTAKE = "state-forgotten"
