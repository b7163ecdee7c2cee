QUESTION = "08.3"
ANSWER = "r_1*(U_11*h_1 + U_12*h_2 + b) - (U_11*r_1*h_1 + U_12*r_2*h_2 + b)"
