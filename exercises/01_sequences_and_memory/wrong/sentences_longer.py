QUESTION = "01.1"
MISTAKE = "longer-needs-more-states"
ANSWER = "a, d, e, h"
