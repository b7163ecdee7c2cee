QUESTION = "08.5"
MISTAKE = "idle-candidate-too"
ANSWER = 3 * 7
