QUESTION = "06.1"
MISTAKE = "sigmoid-derivative-twice"
ANSWER = "d_h_t*(n - h_prev)*z**2*(1 - z)**2"  # Two sigmoids.
