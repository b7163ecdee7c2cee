QUESTION = "03.4"
MISTAKE = "own-slope-missing"
ANSWER = "h + u * h * (1 - h**2) + u**2 * h * (1 - h**2)**2"  # s_t forgotten.
