QUESTION = "06.5"
ANSWER = " C "  # A capital, with blanks around it.
