import numpy as np

QUESTION = "07.4"
MISTAKE = "straight-line"


def train_and_predict(x_train, y_train, x_test, seed):
    """Least squares on all inputs and a constant, by the normal equations; one mark follows from the others."""

    def table(x):
        flat = x.transpose(1, 0, 2).reshape(x.shape[1], -1)[:, :-1]
        return np.hstack([np.ones((len(flat), 1)), flat])

    A = table(x_train)
    return table(x_test) @ np.linalg.solve(A.T @ A, A.T @ y_train)
