QUESTION = "09.4"
MISTAKE = "power-turned-over"
ANSWER = "log(exp(log(2) * k) - exp(0))"
