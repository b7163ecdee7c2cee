"""A result as a panel in a notebook and as plain text; nothing of a student's output is ever markup."""

from __future__ import annotations

import io
import os
import textwrap
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from gru_book.grading.progress import Overview
from gru_book.grading.result import CheckResult
from gru_book.grading.spec import Exercise
from gru_book.grading.text import show_points

LABELS = {"passed": "Passed", "failed": "Not yet", "error": "Error", "missing": "Not answered"}
SYMBOLS = {"passed": "✓", "failed": "✗", "error": "!", "missing": "…"}
MARKS = {"holds": "✓", "fails": "✗", "not tried": "·", "not counted": "·"}
WIDTH = 88


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("gru_book.grading", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["points"] = show_points
    words = {"planted": planted, "example_title": example_title, "points_text": points_text}
    environment.globals.update(labels=LABELS, symbols=SYMBOLS, marks=MARKS, **words)
    return environment


def section_name(section: str) -> str:
    """``"05_gru_forward#the-reset-gate"`` as people say it."""
    chapter, _, anchor = section.partition("#")
    return f"chapter {chapter.split('_')[0]}, “{anchor.replace('-', ' ').capitalize()}”"


def section_link(section: str, chapters: str) -> str:
    """Where JupyterLab finds the section, as a path from the notebook's folder."""
    chapter, _, anchor = section.partition("#")
    try:
        folder = os.path.relpath(chapters, Path.cwd())
    except ValueError:  # another drive
        folder = chapters
    mark = "id-" if anchor[:1].isdigit() else ""  # an HTML name begins with a letter: so the renderer puts one there
    return f"{Path(folder).as_posix()}/{chapter}.ipynb#{mark}{anchor}"


def notebook_link(exercise: Exercise) -> str:
    """Where JupyterLab finds the student's notebook of an exercise, as a path from the current folder."""
    try:
        folder = os.path.relpath(exercise.folder, Path.cwd())
    except ValueError:  # another drive
        folder = exercise.folder
    return f"{Path(folder).as_posix()}/student.ipynb"


def render_html(result: CheckResult) -> str:
    """The panel; complete in itself, readable in a light and in a dark theme."""
    return _render("result.html", result)


def _render(template: str, result: CheckResult) -> str:
    return (
        _templates()
        .get_template(template)
        .render(result=result, section_name=section_name, link=lambda section: section_link(section, result.chapters))
    )


def render_overview(overview: Overview) -> str:
    """The reader's progress as a table."""
    return (
        _templates().get_template("overview.html").render(overview=overview, notebook=notebook_link, total=total_text)
    )


def total_text(overview: Overview) -> str:
    """The points of several questions together."""
    manual = f", and up to {show_points(overview.manual_points)} that a person gives" if overview.manual_points else ""
    return f"{show_points(overview.points)} of {show_points(overview.max_points)} points{manual}"


def render_overview_text(overview: Overview) -> str:
    """The same table for a terminal, and where to go on."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False)
    for name, wide in (("Question", True), ("Points", False), ("Attempts", False), ("Last mistake", True)):
        table.add_column(name, justify="left" if wide else "right", no_wrap=not wide, ratio=1 if wide else None)
    for group in overview.groups:
        exercise = group.rows[0].exercise
        table.add_row()
        table.add_row(
            Text(f"{exercise.id}: {exercise.title}"), f"{show_points(group.points)} / {show_points(group.max_points)}"
        )
        for row in group.rows:
            title = Padding(Text(f"{row.question.id} {row.question.title}"), (0, 0, 0, 2))
            table.add_row(title, row.score, str(row.record.attempts), Text(row.last_mistake))
    console = Console(file=io.StringIO(), width=100)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    lines = [line.rstrip() for line in console.file.getvalue().rstrip().split("\n")]
    return "\n".join([total_text(overview), "", *lines, "", _next_text(overview)])


def _next_text(overview: Overview) -> str:
    row = overview.next
    if row is None:
        return "Every question is solved."
    return f"Next: {row.question.id} {row.question.title}, in {notebook_link(row.exercise)}"


def render_text(result: CheckResult) -> str:
    """The same content as the panel for a terminal, at most WIDTH wide where it is prose."""
    head = f"{SYMBOLS[result.status]} {result.id} {result.title}: {LABELS[result.status]}"
    lines = [f"{head}, {points_text(result)}"]
    lines += _wrapped(result.summary, "  ")
    for note in result.notes:
        lines += _wrapped(note, "  ")
    if result.error is not None and result.error.line is not None:
        lines.append(f"  in {result.error.where}, line {result.error.line}:  {result.error.source}")
    lines += [line for prop in result.lines for line in _property_text(prop)]
    lines += _named_text(result)
    lines += _counterexample_text(result)
    if result.section:
        lines += ["", f"  Read again: {section_name(result.section)}", f"  Equation: {result.equation}"]
    lines += _printed_text(result)
    return "\n".join(lines)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def _named_text(result: CheckResult) -> list[str]:
    if not result.named:
        return []
    lines = ["", f"  {planted(result)}:"]
    for mistake in result.named:
        lines += [f"  * {mistake.title}{mistake.where}", *_wrapped(mistake.why, "    ")]
    return lines


def planted(result: CheckResult) -> str:
    """How the panel says which mistakes it speaks of, and what they do."""
    if result.kind == "ChoiceQuestion":
        return "You chose this"
    if not result.isolation:
        return "This mistake gives exactly your answer"
    which = "this mistake" if len(result.named) == 1 else "these two mistakes"
    return f"The reference with {which} " + (
        "raises exactly your error" if result.error else "gives exactly your results"
    )


def points_text(result: CheckResult) -> str:
    """The points as people say them; where a person gives them, that."""
    if result.manual_points and not result.max_points:
        return f"up to {show_points(result.manual_points)} points, which a person gives"
    return f"{show_points(result.points)} of {show_points(result.max_points)} points"


def example_title(result: CheckResult) -> str:
    """What stands above a counterexample; a function's is the smallest that was found."""
    return "The smallest input found that shows it" if result.isolation else "Where it shows"


def _property_text(prop: Any) -> list[str]:
    points = f"({show_points(prop.points)}/{show_points(prop.max_points)})"
    first = f"  {MARKS[prop.state]} {points} "
    return textwrap.wrap(prop.statement, WIDTH, initial_indent=first, subsequent_indent=" " * len(first))


def _counterexample_text(result: CheckResult) -> list[str]:
    example = result.counterexample
    if example is None:
        return []
    lines = ["", f"  {example_title(result)}:"]
    expected = [("expected", example.expected)] if example.expected else []
    for name, value in [*example.args, ("your result", example.got), *expected]:
        rows = value.split("\n")
        lines.append(f"    {name} = {rows[0]}")
        lines += [" " * (len(name) + 7) + row for row in rows[1:]]
    return [*lines, *(_wrapped(example.difference, "    ") if example.difference else [])]


def _printed_text(result: CheckResult) -> list[str]:
    if not result.printed_length:
        return []
    more = "; the first 200" if result.printed_length > 200 else ""
    shown = _wrapped(result.printed[:200], "    ")
    return ["", f"  Your function printed {result.printed_length:,} characters{more}:", *shown]
