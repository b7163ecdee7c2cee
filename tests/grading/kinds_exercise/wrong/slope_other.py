QUESTION = "91.3"
ANSWER = "z * (1 - z) + 0.001"
MISTAKE = None
