QUESTION = "06.1"
MISTAKE = None
ANSWER = "d_h_t*(n - h_prev)*z*(1 - z)/2"  # A half that nobody asked for.
