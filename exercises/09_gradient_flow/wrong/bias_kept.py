QUESTION = "09.4"
MISTAKE = "kept-share-as-bias"
ANSWER = "log(exp(-log(2) / k))"
