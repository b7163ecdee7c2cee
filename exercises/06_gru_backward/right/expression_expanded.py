QUESTION = "06.1"
ANSWER = "d_h_t*n*z - d_h_t*n*z**2 - d_h_t*h_prev*z + d_h_t*h_prev*z**2"  # Every bracket multiplied out.
