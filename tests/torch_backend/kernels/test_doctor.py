"""`gru-book doctor` says of the kernels what is so."""

import pytest

torch = pytest.importorskip("torch")

from support.kernels import DEVICE, needs_kernels, needs_triton  # noqa: E402

from gru_book import doctor  # noqa: E402
from gru_book.torch_backend.chain import PLAIN_CHAIN  # noqa: E402
from gru_book.torch_backend.kernels import dispatch, support  # noqa: E402

pytestmark = pytest.mark.torch


def probed():
    (probe,) = [probe for probe in doctor.probes() if probe.name == "GPU kernels"]
    return doctor.examine_one(probe)


@needs_kernels
def test_the_kernel_equals_the_plain_chain():
    result = probed()
    assert result.ok, result
    assert result.found.startswith("Triton 3.")
    assert "per_step equals the plain chain" in result.found


@needs_kernels
def test_a_kernel_with_wrong_numbers_is_found(monkeypatch):
    def wrong(*args, **kwargs):
        done = PLAIN_CHAIN.forward(*args, **kwargs)
        return done._replace(output=done.output * 1.01)

    plain = dispatch.load_chain
    broken = PLAIN_CHAIN._replace(forward=wrong)
    monkeypatch.setattr(dispatch, "load_chain", lambda tier: broken if tier.name == "per_step" else plain(tier))
    assert not probed().ok
    assert "per_step: its numbers differ" in probed().found


@needs_triton
@pytest.mark.skipif(DEVICE == "cuda", reason="with a CUDA device the kernels run")
def test_without_a_gpu_it_says_that_none_runs(monkeypatch):
    monkeypatch.setattr(dispatch, "interpreted", lambda: False)
    monkeypatch.setattr(support, "interpreted", lambda: False)
    result = probed()
    assert result.ok
    assert "none runs here: no CUDA device" in result.found


def test_without_triton_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(support, "triton_missing", lambda: "Triton is not installed")
    result = probed()
    assert (result.ok, result.needed) == (False, False)
    assert "gru-book[gpu]" in result.mend
