QUESTION = "01.4"
MISTAKE = "mean-age-for-window"
ANSWER = 11.5
