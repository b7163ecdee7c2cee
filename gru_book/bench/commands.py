"""`gru-book bench`: measure here what the project says of its speed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click


@click.group(invoke_without_command=True)
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True, help="Where to run.")
@click.option(
    "--shapes", help="Shapes B,T,I,H with spaces between them. Otherwise the seven, or on a GPU nine, of the book."
)
@click.option("--peers", help="Parts of names, comma-separated. Otherwise all that are installed; ours always.")
@click.option("--dtype", type=click.Choice(["float32", "float64"]), help="On a CPU. Otherwise float32.")
@click.option(
    "--threads", type=click.IntRange(1, 256), help="On a CPU, of each peer. Otherwise the processors there are."
)
@click.option("--precisions", help="On a GPU: of tf32, bfloat16, float32, float16, comma-separated. Otherwise all.")
@click.option("--budget", type=click.FloatRange(1, 86_400), help="On a GPU: seconds of all. Otherwise 300.")
@click.option("--rounds", type=click.IntRange(1, 100), help="Turns of each peer. Otherwise 5, on a GPU 3.")
@click.option("--seconds", type=click.FloatRange(0.001, 60), help="Of each turn. Otherwise 0.3, on a GPU 0.02.")
@click.option("--json", "to_json", type=click.Path(path_type=Path, dir_okay=False), help="Write the record there.")
@click.option("--plot", "to_plot", type=click.Path(path_type=Path, dir_okay=False), help="Draw the ratios there (PNG).")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Only print a record's table.")
@click.pass_context
def bench(
    ctx: click.Context,
    /,
    **options: Any,
) -> None:
    """Measure this package beside others, in turns, on this machine: GRU layers, or with `grade` the grading.

    First all must compute the same numbers; then each peer, in a process of its own, is timed in turns. Peers that
    are not installed are named as such. With --device cuda the record also says what launches, barriers, copies and
    products cost, the names of the kernels, memory, and how far each run is from its floor; it is written after each
    part, so that a session that is cut short leaves what it measured.

    \b
    Examples:
      gru-book bench                                      everything that is installed, the book's seven shapes
      gru-book bench --shapes 16,128,64,128 --peers torch.nn
      gru-book bench --json results/bench_cpu.json --plot bench.png
      gru-book bench --report results/bench_cpu.json      the table of a record, as Markdown
      gru-book bench --device cuda --json results/bench_cuda.json --plot results/bench_cuda.png
      gru-book bench --device cuda --precisions bfloat16 --shapes 16,1024,512,512 --budget 60
      gru-book bench grade                                submissions a second, a class of 400, memory

    Exit codes: 0 measured; 2 could not run.
    """
    if ctx.invoked_subcommand is not None:
        return
    if options["report"] is not None:
        click.echo(_report(options["report"]))
    else:
        _refuse_what_is_for_another_device(options)
        {"cpu": _on_cpu, "cuda": _on_cuda}[options["device"]](options)


ONLY_FOR = {"cpu": ("dtype", "threads"), "cuda": ("precisions", "budget")}


def _refuse_what_is_for_another_device(options: dict[str, Any]) -> None:
    for device, names in ONLY_FOR.items():
        for name in names:
            if options["device"] != device and options[name] is not None:
                raise click.UsageError(f"--{name} is for --device {device}, not for --device {options['device']}.")


def _given(options: dict[str, Any], *names: str) -> dict[str, Any]:
    """Those that were given; the plan knows the rest."""
    return {name: options[name] for name in names if options[name] is not None}


def _report(path: Path) -> str:
    from gru_book.bench.cuda import report as of_cuda
    from gru_book.bench.layers import report as of_cpu
    from gru_book.bench.layers.session import load_record

    record = load_record(path)
    return of_cuda.markdown(record) if record["device"] == "cuda" else of_cpu.markdown(record)


def _on_cpu(options: dict[str, Any]) -> None:
    from gru_book.bench.layers import report
    from gru_book.bench.layers.session import Plan, chosen_peers, measure
    from gru_book.bench.layers.shapes import CPU, parse_shapes
    from gru_book.compiled import default_threads

    shapes = parse_shapes(options["shapes"]) if options["shapes"] else CPU
    threads = options["threads"] or default_threads()
    plan = Plan(
        shapes, chosen_peers(options["peers"]), threads=threads, **_given(options, "dtype", "rounds", "seconds")
    )
    with _progress(plan.turns + len(plan.peers)) as on_turn:
        record = measure(plan, on_turn)
    _write(record, options["to_json"])
    if options["to_plot"] is not None:
        report.plot(record, options["to_plot"])
    click.echo(report.plain(record))


def _on_cuda(options: dict[str, Any]) -> None:
    from gru_book.bench.cuda import report, session
    from gru_book.bench.cuda.device import check_cuda
    from gru_book.bench.layers.shapes import CUDA, parse_shapes

    plan = session.Plan(
        parse_shapes(options["shapes"]) if options["shapes"] else CUDA,
        session.chosen_peers(options["peers"]),
        session.chosen_precisions(options["precisions"]),
        seed=session.fresh_seed(),
        **_given(options, "rounds", "seconds", "budget"),
    )
    check_cuda()
    with _progress(plan.turns) as on_turn:
        record = session.measure(plan, on_turn, lambda so_far: _write(so_far, options["to_json"]))
    if options["to_plot"] is not None:
        report.plot(record, options["to_plot"])
    click.echo(report.markdown(record))


def _write(record: dict[str, Any], path: Path | None) -> None:
    """Whole or not at all."""
    from gru_book.grading.files import replace_whole

    if path is not None:
        replace_whole(path, (json.dumps(record, indent=1) + "\n").encode())


@contextmanager
def _progress(turns: int) -> Iterator[Callable[[str], None]]:
    """A bar on stderr, and the function that moves it on."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=turns)
        yield lambda what: bar.update(task, advance=1, description=what)


@bench.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes that grade. Otherwise one a core.")
@click.option("--submissions", type=click.IntRange(8, 100_000), default=200, show_default=True, help="For each rate.")
@click.option(
    "--class-size", type=click.IntRange(1, 100_000), default=400, show_default=True, help="Of the cold class."
)
@click.option(
    "--memory", type=click.IntRange(20, 1_000_000), default=2000, show_default=True, help="Submissions meanwhile."
)  # fmt: skip
@click.option("--peer-submissions", type=click.IntRange(1, 100), default=5, show_default=True, help="For each peer.")
@click.option(
    "--peers",
    type=click.Path(path_type=Path),
    default=Path("build/peers"),
    show_default=True,
    help="The folder with a virtual environment for each peer, nbgrader/ and otter/.",
)
@click.option("--write", type=click.Path(path_type=Path), help="Write the figures to this file too.")
@click.option(
    "--exercises",
    type=click.Path(path_type=Path),
    help="The folder of the exercises, with their author's files. Otherwise exercises/ of the book found from here.",
)
def grade(
    as_json: bool,
    jobs: int | None,
    submissions: int,
    class_size: int,
    memory: int,
    peer_submissions: int,
    peers: Path,
    write: Path | None,
    exercises: Path | None,
) -> None:
    """Measure `gru-book grade`: submissions a second, a class of 400, memory, and nbgrader and otter beside it.

    Everything is graded in jails and recorded on the disk. A peer without a virtual environment of its own is named as
    not installed.

    \b
    Examples:
      gru-book bench grade
      gru-book bench grade --json --write results/bench_grade.json
      gru-book bench grade --submissions 50 --class-size 50 --memory 100

    \b
    Exit codes: 0 measured; 2 could not run (no sandbox, no author's exercises here).
    """
    from gru_book.bench.grade import Sizes, measure
    from gru_book.bench.machine import cores
    from gru_book.grading.classroom.progress import watching
    from gru_book.grading.exercises import exercises_folder
    from gru_book.grading.files import replace_whole

    def say(words: str) -> None:
        click.echo(f"... {words}", err=True)

    sizes = Sizes(submissions, class_size, memory, peer_submissions)
    folder, bar = exercises_folder(exercises), partial(watching, sys.stderr)
    report = measure(folder, jobs or cores(), sizes, peers, say, bar).to_json()
    text = json.dumps(report, indent=1, ensure_ascii=False)
    if write is not None:
        replace_whole(write, (text + "\n").encode())
    click.echo(text if as_json else table(report))
    if write is not None:
        print(f"written to {write}", file=sys.stderr)


def table(report: dict[str, Any]) -> str:
    """The report for people."""
    head = f"{report['platform']}, {report['cores']} cores, {report['jobs']} jobs, load {report['load_before']} before"
    lines = [head, "  " + ", ".join(f"{name} {number}" for name, number in report["versions"].items()), ""]
    for name in ("numpy", "numpy_four_questions", "torch"):
        if name in report:
            one = report[name]
            what = f"{name}: {one['exercise']}, {one['questions']} questions, warm"
            lines.append(f"{one['per_second']:>8.1f} submissions/s  {what}")
    one = report["class"]
    lines.append(
        f"{one['seconds']:>8.1f} s  a class of {one['students']}, {one['questions']} questions, from a cold start"
    )
    one = report["memory"]
    first, last = one["mib"][0][1], one["mib"][-1][1]
    grown = (
        ""
        if one["growth_after_a_quarter"] is None
        else f", {one['growth_after_a_quarter']:+.1%} after the first quarter"
    )
    lines.append(f"{last:>8.0f} MiB  after {one['submissions']} submissions ({first:.0f} at first{grown})")
    lines.append(f"{one['left_running']:>8}  processes left running")
    for name, peer in report["peers"].items():
        if "per_second" in peer:
            lines.append(f"{peer['per_second']:>8.3f} submissions/s  {name} {peer['version']}, the same answers")
        else:
            lines.append(f"       -  {name}: " + (peer.get("failed") or f"not installed ({peer['not_installed']})"))
    return "\n".join(lines)
