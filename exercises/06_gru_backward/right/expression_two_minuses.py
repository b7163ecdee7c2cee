QUESTION = "06.1"
ANSWER = "-d_h_t * (h_prev - n) / (1/z + 1/(1 - z))"  # Two minus signs, and the sigmoid's slope as a harmonic sum.
