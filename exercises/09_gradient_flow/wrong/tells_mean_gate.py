QUESTION = "09.5"
MISTAKE = "mean-gate-is-memory"
ANSWER = "a, b, c, e"
