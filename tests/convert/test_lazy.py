"""The converters' libraries load when they are asked for, and only `to_torch` asks."""

import subprocess
import sys

PEERS = ("torch", "keras", "jax", "flax", "onnx", "onnxruntime")


def _loaded(code):
    """Which of the peers a fresh interpreter has loaded after `code`."""
    script = f"{code}\nimport sys\nprint(*[name for name in {PEERS} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return run.stdout.split()


def test_importing_the_converters_loads_no_library():
    assert _loaded("import gru_book.convert.keras, gru_book.convert.flax, gru_book.conventions") == []


def test_converting_to_onnx_keras_and_flax_loads_none_either():
    code = """
import numpy as np
from gru_book import GRUParams, conventions, convert, init_params, numpy_backend
params = init_params(np.random.default_rng(0), 2, 3, reset_after=True)
W, R, B, flag = convert.to_onnx(params)
convert.from_onnx(W, R, B, linear_before_reset=flag)
convert.from_keras(convert.to_keras(params), reset_after=True)
convert.from_flax(convert.to_flax(params))
assert conventions.detect(lambda *a: numpy_backend.gru_cell(GRUParams(*a[:4]), *a[4:])).convention
"""
    assert _loaded(code) == []


def test_the_check_can_fail():
    assert _loaded("import sys, types; sys.modules['torch'] = types.ModuleType('torch')") == ["torch"]
