QUESTION = "03.1"
MISTAKE = "real-part-alone"
ANSWER = 13  # The trace over 2, as if the eigenvalues were real.
