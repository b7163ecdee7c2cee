QUESTION = "00.1"
MISTAKE = ("state-is-a-list", "z-one-keeps-nothing")
ANSWER = "abcef"
