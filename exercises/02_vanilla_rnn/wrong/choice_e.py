QUESTION = "02.4"
MISTAKE = "each-use-counted"
ANSWER = "e"  # Uses without their later losses.
