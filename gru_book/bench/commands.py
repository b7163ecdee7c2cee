"""`gru-book bench`: measure here what the project says of its speed."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import click


@click.group(invoke_without_command=True)
@click.option("--device", type=click.Choice(["cpu"]), default="cpu", show_default=True, help="Where to run.")
@click.option("--shapes", help="Shapes B,T,I,H with spaces between them. Otherwise the seven of the book.")
@click.option("--peers", help="Parts of names, comma-separated. Otherwise all that are installed; ours always.")
@click.option("--dtype", type=click.Choice(["float32", "float64"]), default="float32", show_default=True)
@click.option("--threads", type=click.IntRange(1, 256), help="Of each peer. Otherwise the processors there are.")
@click.option("--rounds", type=click.IntRange(1, 100), default=5, show_default=True, help="Turns of each peer.")
@click.option("--seconds", type=click.FloatRange(0.001, 60), default=0.3, show_default=True, help="Of each turn.")
@click.option("--json", "to_json", type=click.Path(path_type=Path, dir_okay=False), help="Write the record there.")
@click.option("--plot", "to_plot", type=click.Path(path_type=Path, dir_okay=False), help="Draw the ratios there (PNG).")
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), help="Only print a record's table.")
@click.pass_context
def bench(
    ctx: click.Context,
    device: str,
    shapes: str | None,
    peers: str | None,
    dtype: str,
    threads: int | None,
    rounds: int,
    seconds: float,
    to_json: Path | None,
    to_plot: Path | None,
    report: Path | None,
) -> None:
    """Measure this package beside others, in turns, on this machine: GRU layers, or with `grade` the grading.

    First all must compute the same numbers; then each peer, in a process of its own, is timed in turns. Peers that
    are not installed are named as such.

    \b
    Examples:
      gru-book bench                                      everything that is installed, the book's seven shapes
      gru-book bench --shapes 16,128,64,128 --peers torch.nn
      gru-book bench --json results/bench_cpu.json --plot bench.png
      gru-book bench --report results/bench_cpu.json      the table of a record, as Markdown
      gru-book bench grade                                submissions a second, a class of 400, memory

    Exit codes: 0 measured; 2 could not run.
    """
    if ctx.invoked_subcommand is not None:
        return
    from gru_book.bench.layers import report as reports
    from gru_book.bench.layers.session import Plan, chosen_peers, load_record, measure
    from gru_book.bench.layers.shapes import CPU, parse_shapes
    from gru_book.compiled import default_threads
    from gru_book.grading.files import replace_whole

    if report is not None:
        click.echo(reports.markdown(load_record(report)))
        return
    plan = Plan(
        parse_shapes(shapes) if shapes else CPU,
        chosen_peers(peers),
        dtype,
        threads or default_threads(),
        rounds,
        seconds,
    )
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=plan.turns + len(plan.peers))
        record = measure(plan, lambda what: bar.update(task, advance=1, description=what))
    if to_json is not None:
        replace_whole(to_json, (json.dumps(record, indent=1) + "\n").encode())
    if to_plot is not None:
        reports.plot(record, to_plot)
    click.echo(reports.plain(record))


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
