QUESTION = "03.4"
MISTAKE = "last-use-only"
ANSWER = "h - h**3"  # All earlier states held.
