QUESTION = "08.3"
MISTAKE = "own-term-kept"
ANSWER = "(r_1 - r_2)*(U_11*h_1 + U_12*h_2) - b*(1 - r_1)"
