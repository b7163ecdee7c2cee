QUESTION = "10.3"
ANSWER = "6*H*(I + 18/6*H*N - 2*H + N)"
