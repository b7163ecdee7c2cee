import numpy as np

QUESTION = "07.4"
MISTAKE = None


def train_and_predict(x_train, y_train, x_test, seed):
    """A line through the last step's two inputs: no memory at all."""
    A = np.column_stack([x_train[-1], np.ones(len(y_train))])
    w = np.linalg.lstsq(A, y_train, rcond=None)[0]
    return np.column_stack([x_test[-1], np.ones(x_test.shape[1])]) @ w
