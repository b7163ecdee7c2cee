QUESTION = "07.6"
MISTAKE = None
ANSWER = "Because of the product rule over time."
