QUESTION = "06.1"
MISTAKE = "tanh-derivative-on-gate"
ANSWER = "(1 - z)*(1 + z)*(n - h_prev)*d_h_t"  # tanh's slope.
