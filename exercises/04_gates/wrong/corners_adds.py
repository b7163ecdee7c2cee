QUESTION = "04.5"
MISTAKE = "update-gate-restarts-a-sum"
ANSWER = "a, d, e, g"
