"""What a record of a GPU says: what was to be reached, each shape's times, ratios and floors, and a plot."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gru_book.bench.cuda.targets import check, ours, seconds_of, share_of_floor, times_as_long
from gru_book.bench.layers.report import MODES, geometric_mean

Record = dict[str, Any]
Run = dict[str, Any]


def markdown(record: Record) -> str:
    """All tables, and under what circumstances."""
    tables = [_table(_targets(record)), *_shapes(record), *_kernels(record), _table(_parts(record))]
    parts = [caption(record), *tables, _left_out(record)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(rows: list[list[str]]) -> str:
    """Rows, the head first, as Markdown; empty without any."""
    if len(rows) < 2:
        return ""
    head, *body = rows
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *body])


def caption(record: Record) -> str:
    """The device, the versions, how it was measured."""
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    lines = [
        f"{record['gpu']} (compute capability {record['capability']}, {record['multiprocessors']} multiprocessors, "
        f"driver {record['driver']}), CUDA {record['cuda']}, cuDNN {record['cudnn']}; {versions}.",
        f"Shapes (B, T, I, H). Each peer in a process of its own, in turns, medians of {record['rounds']} rounds by "
        f"CUDA events (JAX: by the host's clock), the faster of eager and captured, inputs rotated; seed "
        f"{record['seed']}; {_spread(record)}. Measured {record['date'][:10]} in "
        f"{record.get('took_s', 0):.0f} s, {record['ended']}.",
        *(f"{precision}: {_flags(record, precision)}." for precision in record["precisions"]),
    ]
    return "\n".join(lines)


def _spread(record: Record) -> str:
    """How far a peer's rounds lie apart."""
    rounds = [times for run in record["runs"] for peer in run["peers"].values() for times in peer["seconds"].values()]
    spreads = [(max(times) - min(times)) / statistics.median(times) for times in rounds if len(times) > 1]
    return f"half of the peers' rounds lie within {statistics.median(spreads):.1%}" if spreads else "one round"


def _flags(record: Record, precision: str) -> str:
    """How torch stated its flags in the runs of a precision."""
    for run in record["runs"]:
        if run["precision"] == precision and run["flags"]:
            return ", ".join(f"{name}={value}" for name, value in run["flags"].items())
    return "no run"


def _targets(record: Record) -> list[list[str]]:
    rows = [["to be reached on an H200", "where", "", "target", "found: worst (mean, runs)", ""]]
    for found in check(record):
        target, figures = found.target, found.figures
        bound = f"{'>=' if target.least else '<='} {target.wanted[found.mode]:g}"
        seen = f"{found.worst:.2f} ({geometric_mean(figures):.2f}, {len(figures)})" if figures else "–"
        rows.append([target.against, target.where, MODES[found.mode], bound, seen, found.verdict])
    return rows


def _shapes(record: Record) -> Iterator[str]:
    """A table for each precision and mode: milliseconds, and beside others how many times as long as ours."""
    for precision in record["precisions"]:
        for mode, word in MODES.items():
            runs = [run for run in record["runs"] if run["precision"] == precision and run["mode"] == mode]
            names = list(dict.fromkeys(name for run in runs for name in run["peers"]))
            if not names:
                continue
            rows = [[f"{precision}, {word}: ms (times as long as ours)", *(_size(run) for run in runs)]]
            rows += [[name, *(_cell(run, name) for run in runs)] for name in names]
            rows += [["what we choose", *(_choice(run) for run in runs)]]
            yield _table(rows)
            yield _table([[f"{precision}, {word}: share of the floor", *rows[0][1:]], *_shares(runs, names)])
            yield _table([[f"{precision}, {word}: seconds of the first call", *rows[0][1:]], *_first(runs, names)])
            if mode == "train":
                yield _table([[f"{precision}: MiB held for the backward / most", *rows[0][1:]], *_memory(runs, names)])


def _size(run: Run) -> str:
    return f"({', '.join(map(str, run['shape']))})"


def _cell(run: Run, name: str) -> str:
    seconds = seconds_of(run, name)
    if seconds is None:
        return "–"
    reset = "before" if name.endswith("before") else "after"
    times = None if name.startswith("ours") else times_as_long(name, reset)(run)
    return f"{seconds * 1e3:.3f}" + (f" ({times:.2f})" if times is not None else "")


def _choice(run: Run) -> str:
    names = dict.fromkeys(name for reset in ("after", "before") if (name := ours(run, reset)))
    return ", ".join(names) or "–"


def _shares(runs: list[Run], names: list[str]) -> list[list[str]]:
    rows = []
    for name in names:
        shares = [share_of_floor(run, name) for run in runs]
        if any(share is not None for share in shares):
            rows.append([name, *("–" if share is None else f"{share:.0%}" for share in shares)])
    return rows


def _first(runs: list[Run], names: list[str]) -> list[list[str]]:
    """What compiling, building and loading take, while the others prepare themselves too."""
    found = [[run["peers"].get(name, {}).get("first_s") for run in runs] for name in names]
    return [
        [name, *("–" if seconds is None else f"{seconds:.2f}" for seconds in row)]
        for name, row in zip(names, found, strict=True)
    ]


def _memory(runs: list[Run], names: list[str]) -> list[list[str]]:
    rows = []
    for name in names:
        found = [run["peers"].get(name, {}).get("memory") for run in runs]
        if any(found):
            mib = [f"{m['saved_bytes'] / 2**20:.1f} / {m['peak_bytes'] / 2**20:.1f}" if m else "–" for m in found]
            rows.append([name, *mib])
    return rows


def _kernels(record: Record) -> Iterator[str]:
    """How many kernels a training run starts, and which of them takes longest."""
    for precision in record["precisions"]:
        cells = [cell for cell in record["kernels"] if cell["precision"] == precision]
        names = list(dict.fromkeys(name for cell in cells for name in cell["peers"]))
        head = [f"{precision}, training: kernels started (in so many steps), the longest", *(_size(c) for c in cells)]
        yield _table([head, *([name, *(_started(cell["peers"].get(name)) for cell in cells)] for name in names)])


def _started(found: Record | None) -> str:
    if not found or not found["train"]:
        return "–"
    return f"{sum(found['train'].values())} ({found['steps']}), {next(iter(found['train']))[:48].replace('|', '/')}"


def _parts(record: Record) -> list[list[str]]:
    """The micro-benchmarks."""
    micro = record["micro"]
    rows = [["measured in the same session", ""]]
    for name, what in (("launch_s", "an empty kernel"), ("launch_of_torch_s", "a small operation of torch"),
                       ("node_s", "an empty kernel as a node of a graph")):  # fmt: skip
        if name in micro.get("launches", {}):
            rows.append([what, f"{micro['launches'][name] * 1e6:.2f} µs"])
    rows += [[f"a barrier in groups of {k} blocks", f"{s * 1e6:.2f} µs"] for k, s in micro.get("barriers", {}).items()]
    if "copies" in micro:
        rows.append(["a copy, read and written", f"{micro['copies']['copy_bytes_per_s'] / 1e12:.2f} TB/s"])
    for precision, rates in micro.get("products", {}).items():
        best = max(rates, key=rates.__getitem__)
        rows.append([f"the fastest product in {precision}, {best}", f"{rates[best] / 1e12:.1f} TFLOP/s"])
    return rows


def _left_out(record: Record) -> str:
    """Who is missing, what failed, what the budget cut off."""
    lines = [f"Not measured: {name} ({why})." for name, why in record["missing"].items()]
    places: dict[tuple[str, str, str], list[str]] = {}
    for one in record["failed"]:
        words = [str(one[key]) for key in ("precision", "mode", "how") if key in one]
        shape = [_size(one)] if "shape" in one else []
        places.setdefault((one["peer"], one["op"], one["why"]), []).append(" ".join(words + shape))
    lines += [f"{peer}, {op}: {why}. At: {'; '.join(at)}." for (peer, op, why), at in places.items()]
    for one in record["cut"]:
        lines.append(f"Cut by the budget: {one.get('op', 'times')} {one['precision']} {tuple(one['shape'])}.")
    return "\n".join(lines)


def plot(record: Record, path: Path) -> None:
    """The ratios: a column a mode, a row a precision; in each a row a peer, a dot a shape, a bar the geometric mean."""
    from gru_book.plotting.style import INK, INPUT, STATE, new_figure

    precisions = [p for p in record["precisions"] if any(run["precision"] == p for run in record["runs"])]
    panels = [(precision, mode) for precision in precisions for mode in MODES]
    fig, axes = new_figure(max(len(panels), 1), height=1.9 * max(len(panels), 1) + 1.0)
    for ax, (precision, mode) in zip(axes, panels, strict=False):
        found = _ratios([r for r in record["runs"] if r["precision"] == precision and r["mode"] == mode])
        for row, values in enumerate(found.values()):
            ax.plot(values, [row] * len(values), "o", color=STATE, alpha=0.7)
            ax.plot([geometric_mean(values)], [row], "|", color=INPUT, markersize=18, markeredgewidth=3)
        ax.axvline(1.0, color=INK, linewidth=1)
        ax.set(xscale="log", title=f"{precision}, {MODES[mode]}", yticks=range(len(found)), yticklabels=list(found))
        ax.invert_yaxis()
    versions = record["versions"]
    fig.suptitle(f"{record['gpu']}, CUDA {record['cuda']}, cuDNN {record['cudnn']}, torch {versions.get('torch', '?')}")
    fig.supxlabel("times as long as ours; a dot a shape, a bar the geometric mean")
    fig.savefig(path, bbox_inches="tight", dpi=150)


def _ratios(runs: list[Run]) -> dict[str, list[float]]:
    """Each other peer's ratios to ours, one a shape."""
    found: dict[str, list[float]] = {}
    for name in dict.fromkeys(name for run in runs for name in run["peers"] if not name.startswith("ours")):
        figure = times_as_long(name, "before" if name.endswith("before") else "after")
        values = [value for run in runs if (value := figure(run)) is not None]
        if values:
            found[name] = values
    return found
