QUESTION = "03.5"
MISTAKE = "vanishing-is-near-zero"
ANSWER = "a, d, f, h"
