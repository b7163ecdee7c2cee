QUESTION = "10.4"
MISTAKE = "falling-loss"
ANSWER = "a"
