QUESTION = "06.1"
MISTAKE = "blend-candidate-only"
ANSWER = "n*d_h_t*z - n*d_h_t*z**2"  # From the term z n alone.
