QUESTION = "91.3"
ANSWER = "(1 - z) * (1 + z)"
MISTAKE = "tanh-slope"
