QUESTION = "00.2"
MISTAKE = "candidate-not-squashed"
ANSWER = 0.68
