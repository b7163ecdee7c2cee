"""A GRU cell of any convention, written out: what `conventions.detect` must recognise."""

import numpy as np


def _sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def black_box(*, order="rzn", z_weights="candidate", reset_after=False, uses=("ih+hh", "ih+hh", "ih+hh"), inside=""):
    """A function f(weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev) -> h_t.

    uses: which biases r, z and n add, such as ("ih", "ih+hh", ""). inside: which ones r multiplies.
    """

    def f(weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev):
        hidden_size = h_prev.shape[1]

        def rows(array, gate):
            start = order.index(gate) * hidden_size
            return array[start : start + hidden_size]

        def bias(names, gate):
            return ("ih" in names) * rows(bias_ih, gate) + ("hh" in names) * rows(bias_hh, gate)

        W, U = ({gate: rows(weight, gate) for gate in "rzn"} for weight in (weight_ih, weight_hh))
        b = {gate: bias(names, gate) for gate, names in zip("rzn", uses, strict=True)}
        r = _sigmoid(x_t @ W["r"].T + h_prev @ U["r"].T + b["r"])
        z = _sigmoid(x_t @ W["z"].T + h_prev @ U["z"].T + b["z"])
        if reset_after:
            n = np.tanh(x_t @ W["n"].T + b["n"] + r * (h_prev @ U["n"].T + bias(inside, "n")))
        else:
            n = np.tanh(x_t @ W["n"].T + b["n"] + (r * h_prev) @ U["n"].T)
        return (1 - z) * h_prev + z * n if z_weights == "candidate" else z * h_prev + (1 - z) * n

    return f
