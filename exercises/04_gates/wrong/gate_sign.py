QUESTION = "04.3"
MISTAKE = "pre-activation-sign"
ANSWER = "log(exp(-delta/tau) / (1 - exp(-delta/tau)))"  # The odds upside down.
