import numpy as np

QUESTION = "07.4"
MISTAKE = "predicts-last-number"


def train_and_predict(x_train, y_train, x_test, seed):
    numbers, marks = np.moveaxis(x_test, 2, 0)
    return numbers[len(numbers) - 1].copy()
