QUESTION = "02.4"
MISTAKE = "only-shorter"
ANSWER = "b"  # A factor.
