QUESTION = "03.4"
MISTAKE = "one-term-too-many"
ANSWER = "h * (1 - h**2) * ((u - u * h**2)**4 - 1) / (u - u * h**2 - 1)"  # The series to T + 1.
