QUESTION = "03.5"
MISTAKE = ("radius-below-one-shrinks", "radius-above-one-explodes")
ANSWER = "b, c, e"
