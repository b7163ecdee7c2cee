QUESTION = "10.3"
MISTAKE = "biases-missing"
ANSWER = "6*H*I + 6*H**2 + 18*H**2*(N - 1)"
