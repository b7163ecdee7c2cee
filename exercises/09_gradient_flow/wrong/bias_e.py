QUESTION = "09.4"
MISTAKE = "bias-for-time-constant"
ANSWER = "log((exp(1 / k) - 1) * 1)"
