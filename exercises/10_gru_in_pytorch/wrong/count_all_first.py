QUESTION = "10.3"
MISTAKE = "layers-alike"
ANSWER = "6*H*N*I + 6*H**2*N + 6*H*N"
