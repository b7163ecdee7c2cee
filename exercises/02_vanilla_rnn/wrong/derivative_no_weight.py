QUESTION = "02.2"
MISTAKE = "weight-on-the-way-missing"
ANSWER = "(1 - h_2**2)*h_1 + (1 - h_2**2)*(h_0 - h_0*h_1**2)"  # A state handed on without its weight.
