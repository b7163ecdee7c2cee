QUESTION = "06.1"
MISTAKE = "blend-sum"
ANSWER = "z*(1 - z)*d_h_t*n + z*(1 - z)*d_h_t*h_prev"  # The minus of 1 - z lost.
