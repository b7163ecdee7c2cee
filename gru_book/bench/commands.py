"""`gru-book bench`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from gru_book.bench.layers import report as reports
from gru_book.bench.layers.session import Plan, chosen_peers, load_record, measure
from gru_book.bench.layers.shapes import CPU, parse_shapes
from gru_book.compiled.threads import default_threads
from gru_book.grading.files import replace_whole


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
    """Measure this package beside others, in turns, on this machine.

    First all must compute the same numbers; then each peer, in a process of its own, is timed in turns. Peers that
    are not installed are named as such.

    \b
    Examples:
      gru-book bench                                      everything that is installed, the book's seven shapes
      gru-book bench --shapes 16,128,64,128 --peers torch.nn
      gru-book bench --json results/bench_cpu.json --plot bench.png
      gru-book bench --report results/bench_cpu.json      the table of a record, as Markdown

    Exit codes: 0 measured; 2 could not run.
    """
    if ctx.invoked_subcommand is not None:
        return
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
