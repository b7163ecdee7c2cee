QUESTION = "00.2"
MISTAKE = "update-gate-swapped"
ANSWER = 0.5973
