QUESTION = "10.3"
MISTAKE = "one-direction"
ANSWER = "3*H*(I + H + 1 + (N - 1)*(2*H + H + 1))"
