QUESTION = "06.1"
MISTAKE = "gate-weighs-its-own-gradient"
ANSWER = "z*d_h_t*(1 - z)*(n*z - h_prev)"  # z n differentiated to z n.
