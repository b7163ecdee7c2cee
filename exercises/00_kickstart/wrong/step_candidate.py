QUESTION = "00.2"
MISTAKE = "candidate-alone"
ANSWER = 0.4621
