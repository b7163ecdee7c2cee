QUESTION = "07.5"
MISTAKE = "truncation-is-noise"
ANSWER = " A "
