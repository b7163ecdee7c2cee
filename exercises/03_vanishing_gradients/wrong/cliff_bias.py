QUESTION = "03.4"
MISTAKE = "derivative-in-b"
ANSWER = "(1 - h**2) * ((u - u * h**2)**3 - 1) / (u - u * h**2 - 1)"  # The series, without the state.
