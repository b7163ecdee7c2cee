import numpy as np

QUESTION = "07.4"
MISTAKE = "predicts-the-mean"


def train_and_predict(x_train, y_train, x_test, seed):
    return np.array([sum(y_train) / len(y_train)] * x_test.shape[1])
