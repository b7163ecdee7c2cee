QUESTION = "01.1"
MISTAKE = "mixed-axes-stop"
ANSWER = "a, c, e, h, i"
