QUESTION = "07.6"
ANSWER = """
A state does two jobs. It is read off at its own step, and it is handed to the next step, from where it reaches every
later loss. If it moves a little, the total loss moves by the sum of what both jobs pass on. With the first part alone a
GRU could still learn to answer from what it has just read, but never what to keep for later.
"""
