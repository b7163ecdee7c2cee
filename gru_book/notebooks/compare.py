"""Do two runs of a cell show the same? Numbers up to a tolerance, everything else exactly.

Stored numbers differ in the last digits between machines, and pictures in their pixels. So numbers in texts
are compared by value, and a picture by its alt text and by the numbers behind it (its JSON part).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from nbformat import NotebookNode

from gru_book.notebooks.outputs import cleaned
from gru_book.notebooks.tolerance import Tolerance

NUMBER = re.compile(
    r"""(?<![A-Za-z0-9_.])             # not inside a name or another number
        [+-]?
        (?: \d{1,3}(?:,\d{3})+(?:\.\d+)?   # 1,234.5
          | \d+\.?\d* | \.\d+ )
        (?:[eE][+-]?\d+)?
        (?![0-9_]|[A-Za-z](?=[0-9_]))  # a unit may follow, a name may not
    """,
    re.VERBOSE,
)

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_TIME = re.compile(r"[ ]*" + NUMBER.pattern + r"\s*(?:ns|µs|μs|us|ms|s|sec|seconds?|min|minutes?|h)\b", re.VERBOSE)
_IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*("[^"]*"|'[^']*')""", re.IGNORECASE)
_MACHINE = (
    (re.compile(r"\b0x[0-9a-fA-F]+\b"), "0x(address)"),
    (re.compile(r"[^\s'\"<>]*ipykernel_\d+[/\\]\d+\.py"), "(cell)"),
    (re.compile(r"<ipython-input-\d+-[0-9a-f]+>"), "(cell)"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "(id)"),
    (re.compile(r"\b(id|pid)([=:]\s*)\d+\b"), r"\1\2(id)"),
)

PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
"""Forms of an output that are never compared: their bytes depend on the machine's fonts."""


def compare_outputs(stored: Iterable[NotebookNode], fresh: Iterable[NotebookNode], tolerance: Tolerance) -> list[str]:
    """What differs between the stored outputs of a cell and those of a fresh run; [] if nothing does.

    Streams come first, by name, then the rest in order: how the two streams interleave is chance.
    """
    pairs = zip_longest(_ordered(stored), _ordered(fresh))
    found: list[str] = []
    for number, (old, new) in enumerate(pairs, start=1):
        if old is None or new is None:
            found.append(_unmatched(number, old, new))
        else:
            found += [f"output {number}, {text}" for text in _compare_output(old, new, tolerance)]
    return found


def _ordered(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    kept = cleaned(outputs)
    streams = sorted((o for o in kept if o.output_type == "stream"), key=lambda o: str(o.name), reverse=True)
    return streams + [o for o in kept if o.output_type != "stream"]


def _unmatched(number: int, old: NotebookNode | None, new: NotebookNode | None) -> str:
    if old is None:
        return f"output {number} is not stored; the run shows {_brief(new)}"
    return f"output {number} is stored but the run does not show it: {_brief(old)}"


def _brief(output: NotebookNode | None) -> str:
    assert output is not None
    data = output.get("data", {})
    text = output.get("text") or data.get("text/plain") or output.get("evalue") or ", ".join(data)
    line = " ".join(str(text).split())
    return f"{output.output_type} {line[:80]!r}"


def _compare_output(old: NotebookNode, new: NotebookNode, tolerance: Tolerance) -> list[str]:
    kinds = [_kind(output) for output in (old, new)]
    if kinds[0] != kinds[1]:
        return [f"kind: stored {kinds[0]}, run {kinds[1]}"]
    old_parts, new_parts = _parts(old), _parts(new)
    if old_parts.keys() != new_parts.keys():
        return [f"forms: stored {sorted(old_parts)}, run {sorted(new_parts)}"]
    found = []
    for form, value in old_parts.items():
        found += [f"{form}: {text}" for text in _compare_form(form, value, new_parts[form], tolerance)]
    return found


def _kind(output: NotebookNode) -> str:
    return str(output.name if output.output_type == "stream" else output.output_type)


def _parts(output: NotebookNode) -> dict[str, Any]:
    """What of an output is compared, by form."""
    if output.output_type == "stream":
        return {"text": output.text}
    if output.output_type == "error":
        return {"error": f"{output.ename}: {output.evalue}"}
    return {form: value for form, value in output.data.items() if form not in PICTURES}


def _compare_form(form: str, old: Any, new: Any, tolerance: Tolerance) -> list[str]:
    if form.endswith("json"):
        return compare_values(old, new, tolerance)
    texts = [pictures_as_words(str(value)) if form == "text/html" else str(value) for value in (old, new)]
    return compare_texts(texts[0], texts[1], tolerance)


def pictures_as_words(html: str) -> str:
    """The HTML with its alt text in place of each picture, whose size and bytes depend on the machine."""

    def words(match: re.Match[str]) -> str:
        alt = _ALT.search(match.group())
        return f"(picture {alt.group(1) if alt else 'without alt text'})"

    return _IMAGE.sub(words, html)


def compare_texts(old: str, new: str, tolerance: Tolerance) -> list[str]:
    """What differs between two texts, line by line: words exactly, numbers within the tolerance.

    Blanks beside a number do not count: NumPy pads columns by the digits that it prints.
    """
    old_lines, new_lines = (_sanitised(text, tolerance).splitlines() for text in (old, new))
    if len(old_lines) != len(new_lines):
        return [f"stored {len(old_lines)} lines, run {len(new_lines)}: {_first_change(old_lines, new_lines)}"]
    found = []
    for number, (old_line, new_line) in enumerate(zip(old_lines, new_lines, strict=True), start=1):
        difference = _line_difference(old_line, new_line, tolerance)
        if difference:
            found.append(f"line {number}: {difference}")
    return found


def _sanitised(text: str, tolerance: Tolerance) -> str:
    text = _ANSI.sub("", text).replace("\N{MINUS SIGN}", "-")
    for pattern, word in _MACHINE:
        text = pattern.sub(word, text)
    return _TIME.sub(" (time)", text) if tolerance.timings else text


def _first_change(old: Sequence[str], new: Sequence[str]) -> str:
    pairs = zip_longest(old, new, fillvalue="")
    old_line, new_line = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
    return f"stored {old_line!r}, run {new_line!r}"


def _line_difference(old: str, new: str, tolerance: Tolerance) -> str:
    words = [re.sub(r"[ \t]*\0[ \t]*", "\0", NUMBER.sub("\0", line)).rstrip() for line in (old, new)]
    if words[0] != words[1]:
        return f"stored {old!r}, run {new!r}"
    for old_number, new_number in zip(NUMBER.findall(old), NUMBER.findall(new), strict=True):
        a, b = (float(text.replace(",", "")) for text in (old_number, new_number))
        if not _close(a, b, tolerance.rtol * max(abs(a), abs(b))):
            return _number_difference(old_number, new_number, a, b, tolerance)
    return ""


def _number_difference(old: object, new: object, a: float, b: float, tolerance: Tolerance) -> str:
    relative = abs(a - b) / max(abs(a), abs(b)) if a != b else math.inf
    text = f"stored {old}, run {new}: they differ by {relative:.2g} of their size, allowed {tolerance.rtol:g}"
    if max(abs(a), abs(b)) < 1e-9:
        text += " (a rounding error has no stable digits: print whether it is below a bound)"
    return text


def _close(a: float, b: float, allowed: float) -> bool:
    return a == b or abs(a - b) <= allowed or (math.isnan(a) and math.isnan(b))


def compare_values(old: Any, new: Any, tolerance: Tolerance, where: str = "") -> list[str]:
    """What differs between two JSON values; in a list of numbers the greatest sets the scale for all."""
    if isinstance(old, str) and isinstance(new, str):
        return [f"{where or 'text'}: {text}" for text in compare_texts(old, new, tolerance)]
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        if old.keys() != new.keys():
            return [f"{where or 'keys'}: stored {sorted(old)}, run {sorted(new)}"]
        keys = [(old[key], new[key], f"{where}.{key}".lstrip(".")) for key in old]
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            return [f"{where or 'list'}: stored {len(old)} entries, run {len(new)}"]
        if all(map(_is_number, [*old, *new])):
            return _compare_numbers(old, new, tolerance, where)
        keys = [(a, b, f"{where}[{k}]") for k, (a, b) in enumerate(zip(old, new, strict=True))]
    elif _is_number(old) and _is_number(new):
        return _compare_numbers([old], [new], tolerance, where)
    else:
        return [] if old == new and type(old) is type(new) else [f"{where}: stored {old!r}, run {new!r}"]
    return [text for a, b, place in keys for text in compare_values(a, b, tolerance, place)]


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _compare_numbers(old: list[float], new: list[float], tolerance: Tolerance, where: str) -> list[str]:
    scale = max((abs(x) for x in [*old, *new] if math.isfinite(x)), default=0.0)
    return [
        f"{where}: {_number_difference(a, b, a, b, tolerance)}"
        for a, b in zip(old, new, strict=True)
        if not _close(a, b, tolerance.rtol * scale)
    ]
