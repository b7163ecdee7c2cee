QUESTION = "07.5"
MISTAKE = "truncation-is-a-factor"
ANSWER = " C "
