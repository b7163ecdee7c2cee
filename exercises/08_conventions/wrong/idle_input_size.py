QUESTION = "08.5"
MISTAKE = "idle-by-input-size"
ANSWER = 2.0 * 5
