QUESTION = "00.2"
MISTAKE = "reset-on-everything"
ANSWER = 0.4999  # tanh(0.05) = 0.04996.
