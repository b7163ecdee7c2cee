"""The state dict names its convention:

it travels whole, and another z is refused before a number is loaded.
"""

import collections
import copy
import io
import pickle

import pytest
from support.errors import argument_error

torch = pytest.importorskip("torch")

from support.torch_gru import RESETS, normal_parameters  # noqa: E402

from gru_book import convert  # noqa: E402
from gru_book.errors import ConversionError  # noqa: E402
from gru_book.torch_backend import GRU, GRUCell  # noqa: E402
from gru_book.torch_backend.marked import MARK_KEY  # noqa: E402

pytestmark = pytest.mark.torch
KINDS = {"GRU": (GRU, torch.nn.GRU), "GRUCell": (GRUCell, torch.nn.GRUCell)}


def saved_and_loaded(state):
    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    return torch.load(buffer, weights_only=True)


def as_safetensors(state):
    safetensors = pytest.importorskip("safetensors.torch")
    return safetensors.load(safetensors.save(state))


ROUTES = {
    "as it is": lambda state: state,
    "torch.save": saved_and_loaded,
    "pickle": lambda state: pickle.loads(pickle.dumps(state)),
    "deepcopy": copy.deepcopy,
    "plain dict": lambda state: {name: tensor.clone() for name, tensor in state.items()},
    "safetensors": as_safetensors,
}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("reset_after", RESETS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_state_dict_travels_whole(kind, reset_after, strict, route):
    ours, _ = KINDS[kind]
    source = normal_parameters(ours(3, 2, reset_after=reset_after))
    target = ours(3, 2, reset_after=reset_after)
    target.load_state_dict(ROUTES[route](source.state_dict()), strict=strict)
    for a, b in zip(source.parameters(), target.parameters(), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("assign", [True, False])
@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("reset_after", RESETS)
@pytest.mark.parametrize("kind", KINDS)
def test_torchs_state_dict_is_refused(kind, reset_after, strict, assign):
    ours, theirs = KINDS[kind]
    target = ours(3, 2, reset_after=reset_after)
    before = copy.deepcopy(dict(target.named_parameters()))
    with argument_error("state_dict", expected="marked", got=rf"{kind}\.from_torch", kind=ConversionError):
        target.load_state_dict(theirs(3, 2).state_dict(), strict=strict, assign=assign)
    for name, parameter in target.named_parameters():
        assert torch.equal(parameter, before[name]), "nothing was loaded"


def test_it_is_refused_inside_a_larger_model_too():
    model = torch.nn.Sequential(collections.OrderedDict(embed=torch.nn.Linear(3, 3), gru=GRU(3, 2, reset_after=True)))
    theirs = torch.nn.Sequential(collections.OrderedDict(embed=torch.nn.Linear(3, 3), gru=torch.nn.GRU(3, 2)))
    with argument_error("state_dict", expected=rf"gru\.{MARK_KEY}", got="from_torch", kind=ConversionError):
        model.load_state_dict(theirs.state_dict(), strict=False)
    model.load_state_dict(model.state_dict())


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_the_other_reset_is_refused(kind, bias, strict):
    ours, _ = KINDS[kind]
    source, target = ours(3, 2, bias=bias, reset_after=True), ours(3, 2, bias=bias)
    with argument_error("state_dict", expected="reset_after=False", got="reset_after=True", kind=ConversionError):
        target.load_state_dict(source.state_dict(), strict=strict)


@pytest.mark.parametrize("mark", [torch.tensor([2, 0]), torch.tensor([1]), "book", None])
def test_an_unknown_mark_is_refused(mark):
    gru = GRU(3, 2)
    with argument_error("state_dict", expected="GRU", got="mark", kind=ConversionError):
        gru.load_state_dict({**gru.state_dict(), MARK_KEY: mark})


def test_torch_refuses_ours():
    with pytest.raises(RuntimeError, match=MARK_KEY):
        torch.nn.GRU(3, 2).load_state_dict(GRU(3, 2, reset_after=True).state_dict())


@pytest.mark.parametrize("reset_after", RESETS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_converter_from_torch_refuses_ours(kind, reset_after):
    module = KINDS[kind][0](3, 2, reset_after=reset_after)
    for value in (module, module.state_dict()):
        with argument_error("module_or_state_dict", got="to_params", kind=ConversionError):
            convert.from_torch(value)


def test_a_dict_of_other_modules_passes_by():
    result = GRU(3, 2).load_state_dict({}, strict=False)
    assert MARK_KEY in result.missing_keys
    with pytest.raises(RuntimeError, match="Missing"):
        GRU(3, 2).load_state_dict({})


def test_the_mark_is_no_parameter_and_no_buffer_and_keeps_its_dtype():
    gru = GRU(3, 2).half()
    assert MARK_KEY not in dict(gru.named_parameters())
    assert not dict(gru.named_buffers())
    assert gru.state_dict()[MARK_KEY].dtype == torch.uint8
    meta = GRU(3, 2, device="meta").to_empty(device="cpu")
    assert torch.equal(meta.state_dict()[MARK_KEY], gru.state_dict()[MARK_KEY])
    with torch.device("meta"):
        assert GRU(3, 2).state_dict()[MARK_KEY].tolist() == [1, 0]
