QUESTION = "06.6"
MISTAKE = "gates-in-candidate-only"
ANSWER = 0.2689 + 0.7311 * (1 - 0.4621**2) * 2 * 0.5  # The direct path and r U.
