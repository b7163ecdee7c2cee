QUESTION = "08.3"
MISTAKE = "before-minus-after"
ANSWER = "U_12*r_2*h_2 + b - r_1*(U_12*h_2 + b)"
