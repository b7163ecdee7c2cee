"""Every numbered equation that the package implements names its function, and both are evaluated on random data.

The text says it in one form, in the equation's own section and after it:

    *In the package:* {eq}`eq-a` and {eq}`eq-b` are `gru_book.module.function`; {eq}`eq-c` is `gru_book.other`.

tests/equations/ holds each equation written out in NumPy, or the reason why it has no function.
"""

from __future__ import annotations

import dataclasses
import re
import zlib
from collections import Counter

import numpy as np
import pytest
from equations import KINDS, Evaluated, Left, registry, resolve
from equations.written import draw_matrices, draw_step, four_lines, outer, params_of
from support.texts import Text, chapters, planted
from support.tolerances import assert_close

LINE = "*In the package:*"
FUNCTION = re.compile(r"`(gru_book(?:\.\w+)+)`")
LABEL = re.compile(r"\{eq\}`([\w-]+)`")

CHAPTERS = chapters()
REGISTRY = registry()
EVALUATED = [
    pytest.param(label, entry, id=label)
    for entries in REGISTRY.values()
    for label, entry in entries.items()
    if isinstance(entry, Evaluated)
]


def number_of(text: Text) -> str:
    return text.path.name[:2]


def section_at(text: Text, number: int) -> str:
    """The heading of level 2 above a line (from 1)."""
    return next((h.title for h in reversed(text.headings) if h.level == 2 and h.line < number), "")


def named_functions(text: Text) -> tuple[dict[str, str], list[str]]:
    """label -> dotted name, as the text says it; and what is wrong with how it says it."""
    equations = {e.label: e.number for e in text.equations if e.label}
    found, problems = {}, []
    for number, line in text.prose_lines:
        if not line.startswith(LINE):
            if LINE in line:
                problems.append(f"{text.name}:{number}: '{LINE}' stands inside a paragraph, expected a line of its own")
            continue
        for part in line.removeprefix(LINE).split(";"):
            labels, functions = LABEL.findall(part), FUNCTION.findall(part)
            if not labels or len(functions) != 1:
                problems.append(f"{text.name}:{number}: {part.strip()!r} names {len(labels)} equations and "
                                f"{len(functions)} functions, expected some and one")  # fmt: skip
                continue
            for label in labels:
                if label not in equations:
                    problems.append(f"{text.name}:{number}: {label} is no equation of this chapter")
                elif equations[label] > number or section_at(text, equations[label]) != section_at(text, number):
                    problems.append(f"{text.name}:{number}: {label} is named before it stands or in another section")
                elif label in found:
                    problems.append(f"{text.name}:{number}: {label} is named twice")
                found[label] = functions[0]
    return found, problems


def label_problems(text: Text, entries: dict) -> list[str]:
    """What does not agree between a chapter's labels, what it says of them, and the registry's entries."""
    labels = [e.label for e in text.equations if e.label]
    named, problems = named_functions(text)
    module = f"tests/equations/chapter_{number_of(text)}.py"
    problems += [f"{text.name}: the label {label} stands twice" for label, n in Counter(labels).items() if n > 1]
    for label in dict.fromkeys(labels):
        entry = entries.get(label)
        if entry is None:
            problems.append(f"{text.name}: {label} has no entry in {module}: Evaluated(...) or Left(kind, why)")
        elif isinstance(entry, Left) and label in named:
            problems.append(f"{text.name}: {label} names {named[label]}, but {module} evaluates nothing for it")
        elif isinstance(entry, Evaluated) and named.get(label) != entry.function:
            problems.append(f"{text.name}: {label} names {named.get(label, 'no function')}, "
                            f"but {module} evaluates {entry.function}")  # fmt: skip
    problems += [f"{module}: {label} is no equation of {text.name}" for label in entries if label not in labels]
    return problems


@pytest.mark.parametrize("text", CHAPTERS, ids=lambda text: text.path.stem)
def test_every_equation_names_its_function_or_has_a_reason(text):
    assert label_problems(text, REGISTRY.get(number_of(text), {})) == []


def test_no_chapter_of_the_registry_has_vanished():
    assert set(REGISTRY) <= {number_of(text) for text in CHAPTERS}


def test_every_reason_is_one_of_the_few():
    left = [(label, e) for entries in REGISTRY.values() for label, e in entries.items() if isinstance(e, Left)]
    assert [label for label, entry in left if entry.kind not in KINDS or len(entry.why.split()) < 3] == []


def evaluate(entry: Evaluated, label: str, f=None) -> None:
    """The function beside the equation, for three draws."""
    for seed in range(3):
        pairs = entry.check(f or resolve(entry.function), np.random.default_rng([seed, zlib.crc32(label.encode())]))
        assert pairs, f"{label}: nothing was compared"
        for got, written in pairs:
            assert np.size(got), f"{label}: nothing was compared"
            assert_close(np.asarray(got, float), np.asarray(written, float), f"{label} and {entry.function}")


def spoilt(function):
    """A function, or a property, with every number that it returns a thousandth too large."""
    if isinstance(function, property):
        return property(lambda owner: spoil(function.fget(owner)))
    return lambda *args, **kwargs: spoil(function(*args, **kwargs))


def spoil(value):
    """All numbers in an array, a tuple, a dictionary or a dataclass, times 1.001."""
    if isinstance(value, tuple):
        parts = [spoil(part) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, dict):
        return {name: spoil(part) for name, part in value.items()}
    if dataclasses.is_dataclass(value):
        return dataclasses.replace(value, **{f.name: spoil(getattr(value, f.name)) for f in dataclasses.fields(value)})
    if value is None or isinstance(value, (bool, str)):
        return value
    return value * 1.001


@pytest.mark.parametrize(("label", "entry"), EVALUATED)
def test_equation_and_function_agree_on_random_data(label, entry):
    evaluate(entry, label)


@pytest.mark.parametrize(("label", "entry"), EVALUATED)
def test_a_function_that_is_off_by_a_thousandth_is_found(label, entry):
    with pytest.raises(AssertionError, match=re.escape(entry.function)):
        evaluate(entry, label, spoilt(resolve(entry.function)))


# --- the proofs that they can fail ---------------------------------------------------------------------

PLANTED = """
## One

```{math}
:label: eq-one
h_t = z
```

*In the package:* {eq}`eq-one` is `gru_book.numpy_backend.gru_cell`.

## Two

```{math}
:label: eq-two
h_t = n
```
"""
GOOD = {
    "eq-one": Evaluated("gru_book.numpy_backend.gru_cell", lambda f, rng: []),
    "eq-two": Left("definition", "nothing to compute"),
}


def test_a_text_that_agrees_with_its_entries_passes():
    assert label_problems(planted(PLANTED), GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("eq-two", "eq-three", "eq-three has no entry"),
        ("eq-two", "eq-three", "eq-two is no equation"),
        ("eq-two", "eq-one", "stands twice"),
        ("*In the package:*", "In the package:", "names no function"),
        ("gru_cell`", "gru`", "names gru_book.numpy_backend.gru, but"),
        ("*In the package:*", "See. *In the package:*", "inside a paragraph"),
        ("is `gru_book.numpy_backend.gru_cell`", "is the cell", "1 equations and 0 functions"),
        ("*In the package:* {eq}`eq-one`", "*In the package:* {eq}`eq-two`", "named before it stands"),
        ("\n*In", "\n## Between\n\n*In", "in another section"),
        ("cell`.", "cell`; {eq}`eq-one` is `gru_book.numpy_backend.gru`.", "named twice"),
        ("cell`.", "cell`; {eq}`eq-nine` is `gru_book.numpy_backend.gru`.", "no equation of this chapter"),
    ],
)
def test_what_is_wrong_in_a_text_is_named(old, new, says):
    assert any(says in problem for problem in label_problems(planted(PLANTED.replace(old, new)), GOOD))


def test_a_function_that_the_text_names_and_nobody_evaluates_is_found():
    entries = {**GOOD, "eq-one": Left("definition", "nothing to compute")}
    assert any("evaluates nothing" in problem for problem in label_problems(planted(PLANTED), entries))


def test_a_wrong_equation_is_found():
    """The other convention for z, written where the book's belongs."""

    def check(f, rng):
        matrices, (x_t, h_prev) = draw_matrices(rng), draw_step(rng)

        def one(x, h):
            _, z, n, _ = four_lines(matrices, x, h)
            return z * h + (1 - z) * n

        return [(f(params_of(matrices), x_t, h_prev), outer(one)(x_t, h_prev))]

    with pytest.raises(AssertionError, match="eq-planted and gru_book"):
        evaluate(Evaluated("gru_book.numpy_backend.gru_cell", check), "eq-planted")


def test_a_name_that_leads_nowhere_is_an_error():
    with pytest.raises(AttributeError):
        resolve("gru_book.numpy_backend.no_such_cell")
