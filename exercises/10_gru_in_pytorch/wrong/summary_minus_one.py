QUESTION = "10.2"
MISTAKE = "output-minus-one"


def summaries(output, lengths):
    """output[-1]."""
    return output[-1].copy()
