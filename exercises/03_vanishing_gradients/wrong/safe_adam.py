QUESTION = "03.5"
MISTAKE = "rescaling-brings-it-back"
ANSWER = ["a", "e", "g", "h"]
