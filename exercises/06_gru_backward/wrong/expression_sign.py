QUESTION = "06.1"
MISTAKE = "blend-sign"
ANSWER = "(z - z**2)*(h_prev - n)*d_h_t"  # Old minus new.
