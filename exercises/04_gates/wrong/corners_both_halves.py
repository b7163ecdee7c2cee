QUESTION = "04.5"
MISTAKE = ("r-zero-resets-the-state", "r-one-is-vanilla")
ANSWER = "acdef"
