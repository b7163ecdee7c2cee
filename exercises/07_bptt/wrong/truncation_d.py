QUESTION = "07.5"
MISTAKE = "carried-state-carries-gradient"
ANSWER = ["d"]
