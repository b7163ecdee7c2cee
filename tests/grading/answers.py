"""Answers to the leaky exercise that go wrong in every way a student's code can."""

import os
import time

import numpy as np


def good(alpha, h_prev, x_t):
    return (1 - alpha) * h_prev + alpha * x_t


def swapped(alpha, h_prev, x_t):
    return alpha * h_prev + (1 - alpha) * x_t


def two_mistakes(alpha, h_prev, x_t):
    return h_prev + x_t


def unplanted(alpha, h_prev, x_t):
    return alpha * x_t - h_prev


def stub(alpha, h_prev, x_t):
    raise NotImplementedError("90.1: return the new state h_t, shape (B,)")


def raises(alpha, h_prev, x_t):
    index = 10
    return h_prev[index]


def raises_deep_inside_numpy(alpha, h_prev, x_t):
    both = np.concatenate([h_prev, x_t[:, None]], axis=1)
    return both + alpha


def loops(alpha, h_prev, x_t):
    while True:
        pass


def loops_and_swallows(alpha, h_prev, x_t):
    while True:
        try:
            time.sleep(1)
        except BaseException:
            continue


def exits(alpha, h_prev, x_t):
    os._exit(0)


def system_exit(alpha, h_prev, x_t):
    raise SystemExit(0)


def eats_memory(alpha, h_prev, x_t):
    return np.ones(10**10)


def prints(alpha, h_prev, x_t):
    print("x" * 1_000_000)
    return good(alpha, h_prev, x_t)


def returns_none(alpha, h_prev, x_t):
    good(alpha, h_prev, x_t)


def returns_list(alpha, h_prev, x_t):
    return list(good(alpha, h_prev, x_t))


def returns_text(alpha, h_prev, x_t):
    return "h_t"


def returns_objects(alpha, h_prev, x_t):
    return np.array([object()] * len(x_t))


class EqualToAll:
    def __eq__(self, other):
        return True

    def __array__(self, *args, **kwargs):
        raise AssertionError("never asked for its array")


def returns_equal_to_all(alpha, h_prev, x_t):
    return EqualToAll()


class Lies(np.ndarray):
    def __array_function__(self, func, types, args, kwargs):
        return True

    def __array_ufunc__(self, *args, **kwargs):
        return True


def returns_subclass(alpha, h_prev, x_t):
    return np.zeros(len(x_t)).view(Lies)


def returns_column(alpha, h_prev, x_t):
    return good(alpha, h_prev, x_t)[:, None]


def returns_nan(alpha, h_prev, x_t):
    return good(alpha, h_prev, x_t) * np.nan


def changes_input(alpha, h_prev, x_t):
    h_prev *= 1 - alpha
    h_prev += alpha * x_t
    return h_prev


def wants_more(alpha, h_prev, x_t, extra):
    return h_prev


def in_float32(alpha, h_prev, x_t):
    return good(np.float32(alpha), h_prev.astype("f4"), x_t.astype("f4"))


def sequence_with_swapped_step(alpha, x, h_0):
    h, output = h_0, []
    for x_t in x:
        h = swapped(alpha, h, x_t)
        output.append(h)
    return np.array(output), h


def sequence_one_array(alpha, x, h_0):
    return x
