QUESTION = "01.3"
MISTAKE = "small-share-rule"
ANSWER = "-log(0.5) / k"
