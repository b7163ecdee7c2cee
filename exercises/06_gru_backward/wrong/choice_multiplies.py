QUESTION = "06.5"
MISTAKE = "paths-multiplied"
ANSWER = "D"  # One factor of four.
