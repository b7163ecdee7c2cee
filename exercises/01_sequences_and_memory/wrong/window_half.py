QUESTION = "01.4"
MISTAKE = "half-life-for-window"
ANSWER = 8.313
