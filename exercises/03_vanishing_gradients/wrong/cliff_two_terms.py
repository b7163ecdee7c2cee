QUESTION = "03.4"
MISTAKE = "one-term-too-few"
ANSWER = "(h - h**3) + u * h * (1 - h**2)**2"  # Two uses.
