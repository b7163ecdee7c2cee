QUESTION = "06.1"
MISTAKE = "sigmoid-derivative-missing"
ANSWER = "d_h_t*n - d_h_t*h_prev"  # dL/dz, and no step further.
