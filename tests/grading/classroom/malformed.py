"""What becomes of notebooks: a table of corruptions, each made from a good notebook with a seeded generator."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

Tree = dict[str, Any]


def encoded(tree: Any) -> bytes:
    return json.dumps(tree, indent=1).encode()


def good(answers: int = 2) -> Tree:
    """A notebook of the leaky exercise."""
    cells: list[Tree] = [{"cell_type": "markdown", "id": "text", "metadata": {}, "source": "# Leaky"}]
    for k in range(answers):
        cells.append(
            {
                "cell_type": "code", "id": f"answer-90-{k + 1}", "metadata": {"question": f"90.{k + 1}"},
                "source": ["def f():\n", "    return 1"], "outputs": [], "execution_count": None,
            }
        )  # fmt: skip
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {"gru_book": {"exercise": "90_leaky"}}, "cells": cells}


# --- Bytes that are no notebook ----------------------------------------------------------------------------


def cut(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: int(rng.integers(1, len(data) - 2))]


def without_a_byte(data: bytes, rng: np.random.Generator) -> bytes:
    """A bracket, a quote or a comma is gone."""
    places = [k for k, byte in enumerate(data) if byte in b'{}[]",:']
    at = int(rng.choice(places))
    return data[:at] + data[at + 1 :]


def with_a_raw_control(data: bytes, rng: np.random.Generator) -> bytes:
    at = data.index(b"Leaky")
    return data[:at] + bytes([int(rng.integers(0, 9))]) + data[at:]


def with_a_high_byte(data: bytes, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(len(data)))
    return data[:at] + bytes([int(rng.integers(0x80, 0xC0))]) + data[at:]


BYTES: dict[str, Callable[[bytes, np.random.Generator], bytes]] = {
    "cut": cut,
    "without-a-byte": without_a_byte,
    "raw-control": with_a_raw_control,
    "high-byte": with_a_high_byte,
    "nul-at-the-end": lambda data, rng: data + b"\0" * int(rng.integers(1, 9)),
    "only-nul": lambda data, rng: b"\0" * int(rng.integers(1, 4000)),
    "two-boms": lambda data, rng: b"\xef\xbb\xbf" * 2 + data,
    "empty": lambda data, rng: b" \n" * int(rng.integers(0, 5)),
    "only-bom": lambda data, rng: b"\xef\xbb\xbf",
    "utf-16": lambda data, rng: data.decode().encode(str(rng.choice(["utf-16", "utf-16-le", "utf-16-be"]))),
    "utf-32": lambda data, rng: data.decode().encode(str(rng.choice(["utf-32", "utf-32-le"]))),
    "latin-1": lambda data, rng: data.replace(b"Leaky", "Läßt".encode("latin-1")),
    "utf-7": lambda data, rng: data.decode().encode("utf-7").replace(b"+", b"\xff"),
    "gzip": lambda data, rng: __import__("gzip").compress(data),
    "zip": lambda data, rng: b"PK\3\4" + data,
    "pickle": lambda data, rng: __import__("pickle").dumps({"cells": []}),
    "html": lambda data, rng: b"<!DOCTYPE html><html><body>" + data + b"</body></html>",
    "python": lambda data, rng: b"import os\nos.system('id')\n",
    "conflict": lambda data, rng: data.replace(b'"# Leaky"', b'"#"\n<<<<<<< HEAD\n,"a": 1\n=======\n>>>>>>> you\n'),
    "comment": lambda data, rng: b"// saved by me\n" + data,
    "trailing-comma": lambda data, rng: data.replace(b'"nbformat": 4,', b'"nbformat": 4,,'),
    "single-quotes": lambda data, rng: data.replace(b'"', b"'"),
    "nan": lambda data, rng: data.replace(b"null", str(rng.choice(["NaN", "Infinity", "-Infinity"])).encode()),
    "long-number": lambda data, rng: data.replace(b"null", b"9" * int(rng.integers(5_000, 9_000))),
    "deep-lists": lambda data, rng: data.replace(b"null", b"[" * 50_000 + b"]" * 50_000),
    "deep-objects": lambda data, rng: data.replace(b"null", b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    "open-lists": lambda data, rng: b"[" * int(rng.integers(1_000, 400_000)),
    "many-lists": lambda data, rng: data.replace(b"null", b"[" + b"[]," * 1_000_001 + b"[]]"),
    "twice-top": lambda data, rng: data.replace(b'"nbformat": 4,', b'"nbformat": 4, "nbformat": 4,', 1),
    "twice-cells": lambda data, rng: data[:-2] + b', "cells": []}',
    "twice-inside": lambda data, rng: data.replace(b'"question":', b'"question": "90.2", "question":', 1),
    "twice-many": lambda data, rng: data.replace(b'"metadata": {}', b'"metadata": {' + b'"a":1,' * 9_999 + b'"a":1}'),
    "two-documents": lambda data, rng: data + data,
    "too-large": lambda data, rng: data.replace(b"# Leaky", b"x" * (21 << 20)),
}  # fmt: skip


# --- JSON that is no notebook ------------------------------------------------------------------------------


def with_top(**changes: Any) -> Callable[[Tree, np.random.Generator], Any]:
    return lambda tree, rng: {**tree, **changes}


def without_top(name: str) -> Callable[[Tree, np.random.Generator], Any]:
    return lambda tree, rng: {key: value for key, value in tree.items() if key != name}


def with_cell(**changes: Any) -> Callable[[Tree, np.random.Generator], Any]:
    """One cell, drawn, has these values."""

    def change(tree: Tree, rng: np.random.Generator) -> Any:
        cell = tree["cells"][int(rng.integers(len(tree["cells"])))]
        cell.update(copy.deepcopy(changes))
        return tree

    return change


def without_cell_key(name: str) -> Callable[[Tree, np.random.Generator], Any]:
    def change(tree: Tree, rng: np.random.Generator) -> Any:
        del tree["cells"][int(rng.integers(len(tree["cells"])))][name]
        return tree

    return change


def a_cell_is(value: Any) -> Callable[[Tree, np.random.Generator], Any]:
    def change(tree: Tree, rng: np.random.Generator) -> Any:
        tree["cells"].insert(int(rng.integers(len(tree["cells"]) + 1)), value)
        return tree

    return change


TREES: dict[str, Callable[[Tree, np.random.Generator], Any]] = {
    "a-list": lambda tree, rng: [tree],
    "a-text": lambda tree, rng: json.dumps(tree),
    "null": lambda tree, rng: None,
    "true": lambda tree, rng: True,
    "a-number": lambda tree, rng: 4,
    "an-empty-object": lambda tree, rng: {},
    "no-cells": without_top("cells"),
    "no-format": without_top("nbformat"),
    "cells-null": with_top(cells=None),
    "cells-object": with_top(cells={}),
    "cells-text": with_top(cells="print(1)"),
    "cells-number": with_top(cells=3),
    "too-many-cells": lambda tree, rng: {**tree, "cells": [tree["cells"][0]] * 5_001},
    **{f"format-{k}": with_top(nbformat=value) for k, value in enumerate([1, 2, 3, 5, 4.5, "4", True, None, [4], {}])},
    "format-3-worksheets": lambda tree, rng: {
        "nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": tree["cells"]}]
    },
    **{f"cell-{k}": a_cell_is(value) for k, value in enumerate([None, 1, "x", [], True, 0.5, [[]], {}])},
    **{
        f"kind-{k}": with_cell(cell_type=value)
        for k, value in enumerate(["heading", "Code", "", None, 1, ["code"], {}, "code\n", "\u202ecode"])
    },
    **{
        f"source-{k}": with_cell(source=value)
        for k, value in enumerate([None, 1, {}, [1], ["a", None], [["a"]], True, [{"a": 1}], 1.5])
    },
    **{f"metadata-{k}": with_cell(metadata=value) for k, value in enumerate([None, 1, "x", [], True])},
    "no-kind": without_cell_key("cell_type"),
    "no-source": without_cell_key("source"),
}  # fmt: skip

FOREIGN: dict[str, Callable[[Tree, np.random.Generator], Any]] = {
    "another-exercise": lambda tree, rng: {**tree, "cells": [], "metadata": {"gru_book": {"exercise": "91_other"}}},
    "no-exercise": lambda tree, rng: {**tree, "cells": [], "metadata": {}},
    "exercise-number": lambda tree, rng: {**tree, "cells": [], "metadata": {"gru_book": {"exercise": 90}}},
    "exercise-list": lambda tree, rng: {**tree, "cells": [], "metadata": {"gru_book": ["90_leaky"]}},
    "exercise-control": lambda tree, rng: {**tree, "cells": [], "metadata": {"gru_book": {"exercise": "\x1b[31m90"}}},
    "exercise-long": lambda tree, rng: {**tree, "cells": [], "metadata": {"gru_book": {"exercise": "9" * 100_000}}},
    "no-metadata": lambda tree, rng: {**tree, "cells": [], "metadata": None},
    "ids-of-another": lambda tree, rng: {**tree, "metadata": {}, "cells": [{**tree["cells"][1], "id": "answer-91-1",
                                                                              "metadata": {}}]},
}  # fmt: skip
"""Notebooks that can be read and belong to no exercise here."""


def every(rounds: int = 2) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of every corruption, `rounds` of each with other draws."""
    for table in (BYTES, TREES, FOREIGN):
        for number, (name, change) in enumerate(table.items()):
            for k in range(rounds):
                rng = np.random.default_rng([number, k])
                tree = good()
                yield f"{name}-{k}", change(encoded(tree), rng) if table is BYTES else encoded(change(tree, rng))
