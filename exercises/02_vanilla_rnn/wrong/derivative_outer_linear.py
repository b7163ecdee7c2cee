QUESTION = "02.2"
MISTAKE = "second-slope-missing"
ANSWER = "h_1 + h_0*u - h_0*u*h_1**2"  # The last tanh forgotten.
