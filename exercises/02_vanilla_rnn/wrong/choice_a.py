QUESTION = "02.4"
MISTAKE = "state-carries-gradient"
ANSWER = "a"  # Values for derivatives.
