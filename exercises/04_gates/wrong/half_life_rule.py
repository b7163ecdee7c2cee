QUESTION = "04.1"
MISTAKE = "small-alpha-rule"
ANSWER = 34.66  # ln 2 over 0.02, rounded.
