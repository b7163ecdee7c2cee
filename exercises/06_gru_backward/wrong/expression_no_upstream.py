QUESTION = "06.1"
MISTAKE = "upstream-missing"
ANSWER = "n*z*(1 - z) - h_prev*z*(1 - z)"  # dh_t/da_z.
