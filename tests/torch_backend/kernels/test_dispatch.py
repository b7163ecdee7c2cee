"""Which tier runs what, what is said where none can, and that a choice is known before any number is."""

import subprocess
import sys
import warnings
from pathlib import Path

import pytest
from support.errors import argument_error

torch = pytest.importorskip("torch")

from support.kernels import needs_kernels, needs_triton  # noqa: E402
from support.torch_gru import RESETS  # noqa: E402
from torch._subclasses.fake_tensor import FakeTensorMode  # noqa: E402
from torch.nn.utils.rnn import pack_sequence  # noqa: E402

from gru_book import compiled  # noqa: E402
from gru_book.torch_backend import GRU, GRUCell, MinGRU, explain, kernels, scan  # noqa: E402
from gru_book.torch_backend.explanation import why_not_compiled  # noqa: E402
from gru_book.torch_backend.kernels import dispatch  # noqa: E402
from gru_book.torch_backend.kernels.dispatch import Case, choose, force, forced  # noqa: E402
from gru_book.torch_backend.layer import takes_compiled  # noqa: E402

pytestmark = pytest.mark.torch
ROOT = Path(__file__).parents[3]
CUDA, CPU = torch.device("cuda", 0), torch.device("cpu")


def case(device=CUDA, dtype=torch.float32, hidden_size=256, reset_after=False):
    return Case(device, dtype, hidden_size, reset_after)


@pytest.fixture
def a_gpu(monkeypatch):
    """Triton is there, and a GPU of capability 9.0."""
    monkeypatch.setattr(dispatch, "triton_missing", lambda: None)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    monkeypatch.delenv(dispatch.SWITCH, raising=False)


@pytest.fixture
def no_triton(a_gpu, monkeypatch):
    dispatch._say_what_is_missing.cache_clear()
    monkeypatch.setattr(dispatch, "triton_missing", lambda: "Triton is not installed")


# --- the choice ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reset_after", RESETS)
@pytest.mark.parametrize("hidden_size", [1, 75, 4096])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_a_gpu_runs_one_kernel_a_step(a_gpu, dtype, hidden_size, reset_after):
    assert choose(case(CUDA, dtype, hidden_size, reset_after)).name == "per_step"


def test_what_never_ran_on_a_gpu_is_not_chosen(a_gpu, monkeypatch):
    able = dispatch.Tier("new", "", dispatch.UNRUN, lambda case: None, "new")
    monkeypatch.setattr(dispatch, "TIERS", (able, *dispatch.TIERS))
    assert choose(case()).name == "per_step"
    assert "unrun" in dispatch.passed_over(able, case())
    with force("new"):
        assert choose(case()).name == "new"
    monkeypatch.setattr(dispatch, "TIERS", (able._replace(status=dispatch.TESTED), *dispatch.TIERS))
    assert choose(case()).name == "new"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"dtype": torch.float64}, "float64 is not among float32, bfloat16, float16"),
        ({"device": CPU}, "no CUDA device"),
        ({"device": torch.device("meta")}, "no CUDA device"),
    ],
)
def test_what_runs_plainly(a_gpu, monkeypatch, changed, reason):
    monkeypatch.setattr(dispatch, "interpreted", lambda: False)
    assert choose(case(**changed)).name == "plain"
    assert reason in dispatch.passed_over(dispatch.named("per_step"), case(**changed))


def test_an_old_gpu_and_another_makers_run_plainly(a_gpu, monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 5))
    assert choose(case()).name == "plain"
    assert dispatch.no_triton_here(case()) == "compute capability 7.5 < 8.0"
    monkeypatch.setattr(torch.version, "hip", "6.0")
    assert "AMD" in dispatch.no_triton_here(case())


def test_the_interpreter_runs_only_if_forced(a_gpu, monkeypatch):
    monkeypatch.setattr(dispatch, "interpreted", lambda: True)
    assert choose(case(CPU)).name == "plain"
    assert "interpreter" in dispatch.passed_over(dispatch.named("per_step"), case(CPU))
    with force("per_step"):
        assert choose(case(CPU)).name == "per_step"


def test_one_notice_where_triton_is_missing(no_triton):
    with pytest.warns(kernels.NoTritonWarning, match="Triton is not installed") as caught:
        assert choose(case()).name == "plain"
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        choose(case())


@pytest.mark.parametrize("changed", [{"device": CPU}, {"dtype": torch.float64}])
def test_no_notice_where_no_kernel_would_run_anyway(no_triton, changed):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert choose(case(**changed)).name == "plain"
        with force("plain"):
            assert choose(case()).name == "plain"


# --- force -----------------------------------------------------------------------------------------------


def test_force_ends_with_its_block_and_nests(monkeypatch):
    monkeypatch.delenv(dispatch.SWITCH, raising=False)
    with force("plain"):
        with force("per_step"):
            assert forced() == "per_step"
        assert forced() == "plain"
    assert forced() is None
    with pytest.raises(KeyError), force("plain"):
        raise KeyError
    assert forced() is None


def test_the_environment_forces_too(a_gpu, monkeypatch):
    monkeypatch.setenv(dispatch.SWITCH, "plain")
    assert choose(case()).name == "plain"
    with force("per_step"):
        assert choose(case()).name == "per_step"
    monkeypatch.setenv(dispatch.SWITCH, "")
    assert choose(case()).name == "per_step"


def test_a_wrong_name(a_gpu, monkeypatch):
    with argument_error(dispatch.SWITCH, expected="one of one_block, per_step, plain", got="'fast'"), force("fast"):
        pass
    monkeypatch.setenv(dispatch.SWITCH, "fast")
    with argument_error(dispatch.SWITCH, expected="one of one_block, per_step, plain", got="'fast'"):
        choose(case())


def test_what_is_forced_and_cannot_run_says_why(no_triton):
    with (
        force("per_step"),
        argument_error(dispatch.SWITCH, expected="plain", got=r"per_step \(Triton is not installed\)"),
    ):
        choose(case())


def test_forced_on_the_cpu_without_the_interpreter(monkeypatch):
    monkeypatch.setattr(dispatch, "triton_missing", lambda: None)
    monkeypatch.setattr(dispatch, "interpreted", lambda: False)
    with force("per_step"), argument_error(dispatch.SWITCH, got="TRITON_INTERPRET=1"):
        GRU(2, 3)(torch.zeros(2, 1, 2))


# --- what is known before any number ---------------------------------------------------------------------


@pytest.mark.parametrize("reset_after", RESETS)
@pytest.mark.parametrize("kernel", ["per_step", "plain"])
def test_shapes_on_a_gpu_that_is_not_here(a_gpu, monkeypatch, kernel, reset_after):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with FakeTensorMode(), force(kernel):
        make = lambda *shape: torch.empty(*shape, device="cuda", dtype=torch.bfloat16)  # noqa: E731
        arguments = [make(7, 3, 5), make(3, 4), make(12, 5), make(12, 4), make(12), make(12)]
        output, h_n, rzn, s = torch.ops.gru_book.gru_forward(*arguments, None, reset_after, False, True)
        grads = torch.ops.gru_book.gru_backward(output, h_n, *arguments, None, output, rzn, s, reset_after, False)
    assert {t.device.type for t in (output, h_n, rzn, s, *grads)} == {"cuda"}
    assert (output.shape, output.dtype, h_n.shape) == ((7, 3, 4), torch.bfloat16, (3, 4))
    kept = kernel == "plain"
    assert rzn.shape == ((7, 3, 12) if kept else (0,))
    assert s.shape == ((7, 3, 4) if kept and reset_after else (0,))
    assert [g.shape for g in grads] == [a.shape for a in arguments]


# --- explain ---------------------------------------------------------------------------------------------


def moved_to_a_fake_gpu(module):
    """Its parameters as tensors of a GPU that is not here."""
    for name, p in list(module.named_parameters()):
        setattr(module, name, torch.nn.Parameter(torch.empty(p.shape, device="cuda", dtype=p.dtype)))
    return module


def test_explain_on_a_gpu(a_gpu):
    module = GRU(3, 256, 2, bidirectional=True, dtype=torch.bfloat16)
    with FakeTensorMode(allow_non_fake_inputs=True):
        found = explain(moved_to_a_fake_gpu(module), torch.empty(5, 2, 3, device="cuda", dtype=torch.bfloat16))
    assert [layer.layer for layer in found] == ["l0", "l0_reverse", "l1", "l1_reverse"]
    assert {layer.kernel for layer in found} == {"per_step"}
    assert "one fused kernel a step" in found[0].why
    assert dispatch.INTERPRETED in found[0].why
    assert "CPU" in found[0].others["compiled"]
    assert found[0].others["one_block"]
    assert found[0].others["plain"] == "per_step comes first"


def test_explain_without_triton(no_triton):
    with FakeTensorMode(allow_non_fake_inputs=True), pytest.warns(kernels.NoTritonWarning):
        (found,) = explain(moved_to_a_fake_gpu(GRU(3, 4)), torch.empty(5, 2, 3, device="cuda"))
    assert found.kernel == "plain"
    assert found.others["per_step"] == "Triton is not installed"


@pytest.mark.parametrize("fast", ["", "0", "1"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("sizes", [(2, 1, 3, 4), (64, 32, 64, 64)])
def test_explain_says_of_the_compiled_path_what_the_layer_does(monkeypatch, sizes, dtype, fast):
    monkeypatch.setenv(compiled.SWITCH, fast)
    seq_len, batch, input_size, hidden_size = sizes
    module, x = GRU(input_size, hidden_size, dtype=dtype), torch.zeros(seq_len, batch, input_size, dtype=dtype)
    (found,) = explain(module, x)
    assert (found.kernel == "compiled") == takes_compiled(x, module.weight_hh_l0)
    assert ("compiled" in found.others) != (found.kernel == "compiled")
    with force("plain"):
        (found,) = explain(module, x)
        assert (found.kernel, takes_compiled(x, module.weight_hh_l0)) == ("plain", False)
        assert "forced" in found.why


def test_the_compiled_path_has_a_reason_for_each_no():
    reasons = {
        why_not_compiled(case(CUDA), 10**9),
        why_not_compiled(case(CPU, torch.bfloat16), 10**9),
        why_not_compiled(case(CPU), 1),
    }
    assert None not in reasons
    assert len(reasons) == 3


def test_explain_knows_the_sizes_of_each_input():
    gru = GRU(64, 64, batch_first=True)
    work = compiled.layer_work(5, 7, 64, 64)
    for module, x in [
        (gru, torch.zeros(7, 5, 64)),
        (GRU(64, 64), torch.zeros(5, 7, 64)),
        (GRU(64, 64), torch.zeros(35, 64)),
        (gru, pack_sequence([torch.zeros(5, 64)] * 7)),
        (GRUCell(64, 64), torch.zeros(35, 64)),
    ]:
        assert f"{work:,} multiplications" in repr(explain(module, x)), type(module)


def test_explain_under_autocast():
    module = GRU(64, 64)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        (found,) = explain(module, torch.zeros(64, 32, 64))
    assert "bfloat16" in found.others["compiled"]


def test_what_explain_prints():
    text = repr(explain(GRU(2, 3), torch.zeros(4, 1, 2)))
    assert text.splitlines()[0].startswith("l0: plain (PyTorch's operations")
    assert "    not per_step: " in text
    assert repr(explain(GRUCell(2, 3), torch.zeros(2))).startswith("layer: plain")


@pytest.mark.parametrize(("switch", "name"), [("0", "plain"), ("1", "compiled")])
def test_explain_a_mingru(monkeypatch, switch, name):
    monkeypatch.setenv(compiled.SWITCH, switch)
    module, x = MinGRU(2, 3), torch.zeros(4, 1, 2)
    (found,) = explain(module, x)
    assert found.kernel == name
    assert (found.kernel == "compiled") == scan._takes_compiled(x)
    assert set(found.others) == {"mingru_scan", "compiled", "plain"} - {name}
    (found,) = explain(MinGRU(2, 3, log_space=True), x)
    assert found.kernel == "plain"
    assert "logarithms" in found.others["compiled"]


def test_explain_a_mingru_on_a_gpu(a_gpu):
    with FakeTensorMode(allow_non_fake_inputs=True):
        module, x = moved_to_a_fake_gpu(MinGRU(3, 4)), torch.empty(5, 2, 3, device="cuda")
        (found,) = explain(module, x)
        assert (found.kernel, found.others["plain"]) == ("mingru_scan", "mingru_scan comes first")
        with force("plain"):
            (found,) = explain(module, x)
        assert (found.kernel, found.others["mingru_scan"]) == ("plain", "plain is forced")


def test_explain_refuses_what_it_does_not_know():
    with argument_error("module", expected="GRUCell", got=r"torch\.nn\.GRU"):
        explain(torch.nn.GRU(2, 3), torch.zeros(4, 1, 2))
    with argument_error("x", expected="a tensor", got="list"):
        explain(GRU(2, 3), [1.0])
    with argument_error("x", expected="lengths", got="PackedSequence"):
        explain(MinGRU(2, 3), pack_sequence([torch.zeros(4, 2)]))
    with argument_error("x", expected="the last of size 2", got=r"\(4, 1, 5\)"):
        explain(GRU(2, 3), torch.zeros(4, 1, 5))


# --- imports ---------------------------------------------------------------------------------------------


def loaded_by(code):
    """The modules that a fresh interpreter has loaded after `code`."""
    code += "; import sys; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_importing_the_backend_loads_no_triton():
    loaded = loaded_by("import torch, gru_book.torch_backend as t; t.GRU(2, 3)(torch.zeros(2, 1, 2))")
    assert "gru_book.torch_backend.kernels.dispatch" in loaded
    assert "gru_book.torch_backend.kernels.per_step" not in loaded
    assert not [name for name in loaded if name.partition(".")[0] == "triton"]


@needs_triton
def test_that_test_would_find_it():
    assert "triton" in loaded_by("import gru_book.torch_backend.kernels.per_step")


def test_without_triton_everything_imports_and_runs():
    blocked = "import sys; sys.modules['triton'] = None; import importlib.util as u; find = u.find_spec; "
    blocked += "u.find_spec = lambda name, *a: None if name == 'triton' else find(name, *a); "
    loaded = loaded_by(
        blocked + "import torch, gru_book.torch_backend as t; m = t.GRU(2, 3); x = torch.zeros(2, 1, 2); "
        "m(x)[0].sum().backward(); text = repr(t.explain(m, x)); assert 'Triton is not installed' in text"
    )
    assert "gru_book.torch_backend.kernels.dispatch" in loaded


@needs_kernels
def test_the_tables_module_holds_a_chain_that_keeps_no_gates():
    chain = dispatch.load_chain(dispatch.named("per_step"))
    assert chain.recomputes
    assert callable(chain.forward)
    assert callable(chain.backward)
