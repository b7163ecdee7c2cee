QUESTION = "02.4"
MISTAKE = "stops-the-state"
ANSWER = "d"  # Forward for backward.
