QUESTION = "02.2"
ANSWER = "h_1 - h_1*h_2**2 + u*h_0 - u*h_0*h_1**2 - u*h_0*h_2**2 + u*h_0*h_1**2*h_2**2"  # Multiplied out.
