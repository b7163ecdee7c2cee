QUESTION = "01.1"
MISTAKE = ("h-n-is-the-last-output", "padding-clears-the-state")
ANSWER = "acefgh"
