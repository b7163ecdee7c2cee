QUESTION = "06.6"
MISTAKE = "blend-sign"
ANSWER = 0.2689 - 0.9621 * 0.1966 * 2 + 0.5749 - 0.2875  # h - n for n - h.
