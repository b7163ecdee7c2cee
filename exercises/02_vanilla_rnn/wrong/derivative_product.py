QUESTION = "02.2"
MISTAKE = "uses-multiplied"
ANSWER = "u*h_0*h_1*(1 - h_1)*(1 + h_1)*(1 - h_2)*(1 + h_2)"  # One long chain.
