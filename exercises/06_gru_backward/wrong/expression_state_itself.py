QUESTION = "06.1"
MISTAKE = "blend-value"
ANSWER = "d_h_t*(h_prev + z*(n - h_prev))*(z - z**2)"  # h_t itself.
