QUESTION = "06.6"
MISTAKE = "tanh-derivative-missing"
ANSWER = 0.2689 + 0.3783 + 0.7311 * 2 * (0.5 - 0.5 * 0.25 * 2)  # No slope of tanh.
