QUESTION = "01.1"
MISTAKE = "state-is-a-window"
ANSWER = "a b c e h"
