QUESTION = "02.2"
MISTAKE = "last-use-missing"
ANSWER = "u*h_0*(1 - h_1**2 - h_2**2 + h_1**2*h_2**2)"  # The chain rule without the product rule.
