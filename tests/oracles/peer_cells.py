"""One step of other libraries' GRU cells, by their own code, with the weights put where the library keeps them.

Each function is f(weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev) -> h_t; a library with fewer biases
drops what it cannot hold. JAX's need jax_enable_x64 for float64.
"""

from __future__ import annotations

import numpy as np


def torch_cell(weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev):
    import torch

    x_t, h_prev = torch.from_numpy(x_t), torch.from_numpy(h_prev)
    cell = torch.nn.GRUCell(x_t.shape[1], h_prev.shape[1], dtype=x_t.dtype)
    with torch.no_grad():
        for name, array in _named(weight_ih, weight_hh, bias_ih, bias_hh):
            getattr(cell, name).copy_(torch.from_numpy(array))
    return cell(x_t, h_prev)


def onnxruntime_cell(linear_before_reset):
    return _onnx_cell("run_onnxruntime", linear_before_reset, np.float32)


def onnx_reference_cell(linear_before_reset):
    return _onnx_cell("run_reference", linear_before_reset, np.float64)


def _onnx_cell(run, linear_before_reset, dtype):
    from oracles import onnx_gru

    def f(weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev):
        B = np.concatenate([bias_ih, bias_hh])
        X, W, R, B, h_0 = (a[None].astype(dtype) for a in (x_t, weight_ih, weight_hh, B, h_prev))
        node = onnx_gru.Node(X, W, R, B, initial_h=h_0, linear_before_reset=linear_before_reset)
        _, Y_h = getattr(onnx_gru, run)(node)
        return Y_h[0]

    return f


def keras_cell(reset_after):
    def f(weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev):
        import keras

        cell = keras.layers.GRUCell(h_prev.shape[1], reset_after=reset_after, dtype=str(x_t.dtype))
        cell.build(x_t.shape)
        bias = np.stack([bias_ih, bias_hh]) if reset_after else bias_ih
        cell.set_weights([weight_ih.T, weight_hh.T, bias])
        h_t, _ = cell(keras.ops.convert_to_tensor(x_t), [keras.ops.convert_to_tensor(h_prev)])
        return keras.ops.convert_to_numpy(h_t)

    return f


def linen_cell(weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev):
    import flax.linen

    W, U, b = (np.split(a, 3) for a in (weight_ih, weight_hh, bias_ih))
    params = {f"i{gate}": {"kernel": W[k].T, "bias": b[k]} for k, gate in enumerate("rzn")}
    params |= {f"h{gate}": {"kernel": U[k].T} for k, gate in enumerate("rzn")}
    params["hn"]["bias"] = np.split(bias_hh, 3)[2]
    cell = flax.linen.GRUCell(h_prev.shape[1], param_dtype=x_t.dtype)
    return cell.apply({"params": params}, h_prev, x_t)[0]


def nnx_cell(weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev):
    from flax import nnx

    cell = nnx.GRUCell(x_t.shape[1], h_prev.shape[1], param_dtype=x_t.dtype, rngs=nnx.Rngs(0))
    dense_i = {"kernel": weight_ih.T, "bias": bias_ih}
    nnx.update(cell, {"dense_i": dense_i, "dense_h": {"kernel": weight_hh.T}})
    return cell(h_prev, x_t)[0]


def equinox_cell(weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev):
    import equinox
    import jax

    cell = equinox.nn.GRUCell(x_t.shape[1], h_prev.shape[1], key=jax.random.key(0))
    parts = lambda c: (c.weight_ih, c.weight_hh, c.bias, c.bias_n)  # noqa: E731
    values = tuple(jax.numpy.asarray(a) for a in (weight_ih, weight_hh, bias_ih, np.split(bias_hh, 3)[2]))
    return jax.vmap(equinox.tree_at(parts, cell, values))(x_t, h_prev)


def haiku_cell(weight_ih, weight_hh, bias_ih, bias_hh, x_t, h_prev):
    import haiku

    step = haiku.without_apply_rng(haiku.transform(lambda x, h: haiku.GRU(h_prev.shape[1])(x, h)[0]))
    return step.apply({"gru": {"w_i": weight_ih.T, "w_h": weight_hh.T, "b": bias_ih}}, x_t, h_prev)


def _named(*arrays):
    return zip(("weight_ih", "weight_hh", "bias_ih", "bias_hh"), arrays, strict=True)
