QUESTION = "00.2"
MISTAKE = "no-reset"
ANSWER = 0.6 * 0.8 + 0.4 * 0.93541
