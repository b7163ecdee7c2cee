QUESTION = "02.2"
MISTAKE = "first-slope-missing"
ANSWER = "(h_1 + h_0*u) - (h_1 + h_0*u)*h_2**2"  # The first step taken for a straight line.
