QUESTION = "09.5"
MISTAKE = ("bias-copied-between-conventions", "half-life-is-a-border")
ANSWER = "aceDG"
