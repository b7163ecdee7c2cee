QUESTION = "02.2"
MISTAKE = "slope-on-one-term"
ANSWER = "h_1*(1 - h_2)*(1 + h_2) + h_0*u*(1 - h_1)*(1 + h_1)"  # A bracket lost.
