QUESTION = "08.4"
MISTAKE = "one-unit-is-enough"
ANSWER = "e"
