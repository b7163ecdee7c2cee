QUESTION = "03.4"
MISTAKE = "first-use-only"
ANSWER = "u**2 * h * (1 - h**2)**3"  # The longest road alone.
