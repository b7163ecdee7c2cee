QUESTION = "10.2"
MISTAKE = "mean-over-time"


def summaries(output, lengths):
    """A mean by a sum."""
    return output.sum(axis=0) / len(output)
