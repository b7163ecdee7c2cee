QUESTION = "04.5"
MISTAKE = "z-one-keeps-nothing"
ANSWER = "a b d e"
