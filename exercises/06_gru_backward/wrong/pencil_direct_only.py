QUESTION = "06.6"
MISTAKE = "partial-for-total"
ANSWER = 1 - 0.7311  # The last line's own slope.
