QUESTION = "00.1"
MISTAKE = "state-is-a-list"
ANSWER = "a, b, c, e"
