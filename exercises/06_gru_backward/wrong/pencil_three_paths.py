QUESTION = "06.6"
MISTAKE = "reset-gate-path-missing"
ANSWER = 0.2689 + 0.9621 * 0.1966 * 2 + 0.5749  # The reset gate's path forgotten.
