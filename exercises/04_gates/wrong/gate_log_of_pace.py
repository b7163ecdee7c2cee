QUESTION = "04.3"
MISTAKE = "log-of-pace"
ANSWER = "log(delta) - log(tau)"
