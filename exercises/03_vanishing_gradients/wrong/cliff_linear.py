QUESTION = "03.4"
MISTAKE = "slopes-on-the-way-missing"
ANSWER = "(h - h**3) * (u**3 - 1) / (u - 1)"  # A linear way.
