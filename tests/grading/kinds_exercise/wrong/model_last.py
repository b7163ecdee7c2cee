QUESTION = "91.7"
MISTAKE = "last-value"


def fit(x, y, x_test):
    return y[-1] + 0 * x_test
