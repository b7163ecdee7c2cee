QUESTION = "10.3"
MISTAKE = "upper-reads-one-direction"
ANSWER = "3*2*H*(I + H + 1 + (N - 1)*(H + H + 1))"
