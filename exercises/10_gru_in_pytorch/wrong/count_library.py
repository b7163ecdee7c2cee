QUESTION = "10.3"
MISTAKE = "two-biases"
ANSWER = "3*2*H*(I + H + 2) + 3*2*H*(3*H + 2)*(N - 1)"
