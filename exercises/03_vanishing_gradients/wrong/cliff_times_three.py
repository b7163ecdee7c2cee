QUESTION = "03.4"
MISTAKE = "all-terms-alike"
ANSWER = "3 * u**2 * h * (1 - h**2)**3"  # Three times the longest.
