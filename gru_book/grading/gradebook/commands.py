"""`gru-book gradebook`: look at grades, take them elsewhere, have them graded again, and check that they hold."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gru_book.errors import GRUBookError
from gru_book.grading.gradebook.errors import GradebookError
from gru_book.grading.gradebook.options import gradebook_option

if TYPE_CHECKING:
    from gru_book.grading.gradebook.store import Gradebook

POLICY = click.option(
    "--policy",
    type=click.Choice(["best", "latest"]),
    default="best",
    show_default=True,
    help="Which of several submissions counts. Of one submission its newest grading does.",
)
EXERCISE = click.option("--exercise", help="This exercise alone, such as 05_gru_forward.")
STUDENT = click.option("--student", help="This student alone.")


@click.group()
def gradebook() -> None:
    """Look at the grades of a class, export them, check them, and have work graded again.

    \b
    Examples:
      gru-book gradebook show                            students and exercises, the best attempts
      gru-book gradebook export --csv grades.csv         for a spreadsheet
      gru-book gradebook audit                           would it stand up in an appeal?
      gru-book gradebook regrade --student 'Ada Lovelace'

    \b
    Exit codes: 0 done; 1 audit found something; 2 could not run (no gradebook there, it cannot be read).
    """


def open_to_read(place: str) -> Gradebook:
    """The gradebook, opened so that nothing is written, unless it is an older one that has to be led to today's tables.

    Raises GradebookError.
    """
    from gru_book.grading.gradebook import Gradebook

    try:
        return Gradebook.open(place, create=False, read_only=True)
    except GradebookError as error:
        if error.kind != "older":
            raise
    return Gradebook.open(place, create=False)


@gradebook.command()
@gradebook_option
@STUDENT
@EXERCISE
@POLICY
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def show(place: str, student: str | None, exercise: str | None, policy: str, as_json: bool) -> None:
    """Show what counts for each student and exercise, and the latest attempt besides.

    With both --student and --exercise: every attempt of theirs, with the feedback of each question.

    \b
    Examples:
      gru-book gradebook show
      gru-book gradebook show --exercise 05_gru_forward --policy latest
      gru-book gradebook show --student 'Ada Lovelace' --exercise 05_gru_forward
      gru-book gradebook show --gradebook postgresql://grader@db.example.edu/course --json

    Exit codes: 0 shown; 2 could not run (no gradebook there, it cannot be read).
    """
    from rich.console import Console

    from gru_book.grading.gradebook import export
    from gru_book.grading.gradebook.show import details, overview

    with open_to_read(place) as book:
        if as_json:
            rows = export.grades(book, policy, exercise=exercise, student=student)
            click.echo(export.as_json(rows, "grades", policy=policy), nl=False)
        elif student is not None and exercise is not None:
            details(book, policy, Console(), exercise=exercise, student=student)
        else:
            overview(book, policy, Console(), exercise=exercise, student=student)


@gradebook.command()
@gradebook_option
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Write this CSV file.")
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write this JSON file, with all feedback.")
@click.option("--attempts", is_flag=True, help="Every attempt, not only the one that counts.")
@STUDENT
@EXERCISE
@POLICY
def export(
    place: str,
    csv_file: Path | None,
    json_file: Path | None,
    attempts: bool,
    student: str | None,
    exercise: str | None,
    policy: str,
) -> None:
    """Write the grades to a file, which is replaced whole or not at all.

    In the CSV file a text that a spreadsheet would run as a formula begins with an apostrophe, and characters that
    cannot be seen are written out. Keys are never exported.

    \b
    Examples:
      gru-book gradebook export --csv grades.csv
      gru-book gradebook export --json grades.json --exercise 05_gru_forward
      gru-book gradebook export --csv all.csv --attempts

    Exit codes: 0 written; 2 could not (no gradebook there, a file that cannot be written).
    """
    from gru_book.grading.files import replace_whole
    from gru_book.grading.gradebook import export as exports

    if csv_file is None and json_file is None:
        raise click.UsageError("name a file with --csv or --json")
    with open_to_read(place) as book:
        if attempts:
            rows = list(exports.every_attempt(book, exercise=exercise, student=student))
        else:
            rows = exports.grades(book, policy, exercise=exercise, student=student, progress=sys.stderr.isatty())
    what = "attempts" if attempts else "grades"
    columns = exports.DETAILS if attempts else exports.SUMMARY
    if csv_file is not None:
        replace_whole(csv_file, exports.as_csv(rows, columns))
        click.echo(f"{csv_file}: {len(rows)} {what}")
    if json_file is not None:
        facts = {} if attempts else {"policy": policy}
        replace_whole(json_file, exports.as_json(rows, what, **facts))
        click.echo(f"{json_file}: {len(rows)} {what}")


@gradebook.command()
@gradebook_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
def audit(place: str, as_json: bool) -> int:
    """Check that the gradebook is sound and that its grades hold, and list what should be looked at.

    Every attempt's points are added up again, every hash is computed again. Listed are, besides: versions or keys that
    differ within a class, grading without a sandbox, failures of the grader that are still open, and students who
    handed in the same bytes. A finding is something to look at, not a verdict.

    \b
    Examples:
      gru-book gradebook audit
      gru-book gradebook audit --gradebook course.db --json

    \b
    Exit codes: 0 nothing found; 1 something found; 2 could not run (no gradebook there, it cannot be read).
    """
    from gru_book.grading.gradebook.audit import KINDS
    from gru_book.grading.gradebook.export import as_json as in_json
    from gru_book.grading.text import visible

    with open_to_read(place) as book:
        found = book.audit(progress=sys.stderr.isatty())
    if as_json:
        click.echo(in_json((finding.to_json() for finding in found), "findings"), nl=False)
        return 1 if found else 0
    kind = None
    for finding in found:
        if finding.kind != kind:
            kind = finding.kind
            click.echo(f"{kind}: {KINDS[kind]}")
        who = "; ".join(finding.students[:5])
        who += f"; and {len(finding.students) - 5} more" if len(finding.students) > 5 else ""
        text = ": ".join(part for part in (finding.exercise, finding.text) if part)
        click.echo(visible(f"  {text}" + (f" ({who})" if who else "")))
    click.echo(f"{len(found)} found." if found else "Nothing found: sound, and every sum and hash is right.")
    return 1 if found else 0


@gradebook.command()
@gradebook_option
@STUDENT
@EXERCISE
@click.option("--all", "everything", is_flag=True, help="All exercises of all students.")
@click.option("--new-key", is_flag=True, help="Draw the inputs anew. Otherwise the same come again.")
@click.option(
    "--exercise-version",
    type=click.IntRange(min=1),
    help="Grade by this version of the exercise. Otherwise by the one that the book has now.",
)
@click.option(
    "--exercises",
    type=click.Path(path_type=Path),
    help="The folder of the exercises. Otherwise exercises/ of the book that is found from here.",
)
@click.option("--why", default="", help="The reason, kept in the gradebook.")
@click.option("--list", "listing", is_flag=True, help="List what is still to be graded again, and ask for nothing.")
@click.option("--cancel", is_flag=True, help="Take back what was asked for.")
def regrade(
    place: str,
    student: str | None,
    exercise: str | None,
    everything: bool,
    new_key: bool,
    exercise_version: int | None,
    exercises: Path | None,
    why: str,
    listing: bool,
    cancel: bool,
) -> None:
    """Ask that submissions be graded again, from the bytes that the gradebook keeps; `gru-book grade` then does so.

    The new grade takes the place of the old one, which is kept. Without --new-key the inputs are drawn from the same
    key as before, so that the same exercise gives the same inputs.

    \b
    Examples:
      gru-book gradebook regrade --student 'Ada Lovelace' --exercise 05_gru_forward --why 'appeal of 3 May'
      gru-book gradebook regrade --exercise 05_gru_forward --why 'question 2 was mended'
      gru-book gradebook regrade --all --new-key
      gru-book gradebook regrade --list
      gru-book gradebook regrade --cancel --student 'Ada Lovelace'

    Exit codes: 0 done; 2 could not run (nothing to grade again, no gradebook there, it cannot be written).
    """
    from gru_book.grading.gradebook import Gradebook

    if listing:
        with open_to_read(place) as book:
            _list_regrades(book, exercise, student)
        return
    if not (student or exercise or everything):
        raise click.UsageError("name a --student or an --exercise, or say --all")
    with Gradebook.open(place, create=False) as book:
        if cancel:
            asked = book.to_regrade(exercise, student)
            book.withdraw(asked)
            click.echo(f"{len(asked)} taken back.")
            return
        names = {line.exercise for line in book.lines(exercise=exercise, student=student)}
        versions = dict.fromkeys(names, exercise_version) if exercise_version else _versions_now(exercises)
        done = book.ask_again(exercise=exercise, student=student, new_key=new_key, versions=versions, why=why)
    if not (done.new or done.before):
        reason = f"{done.without_bytes} have no stored bytes" if done.without_bytes else "there is no such attempt"
        raise GRUBookError(f"nothing to grade again: {reason}")
    before = f", {done.before} asked for before" if done.before else ""
    click.echo(f"{done.new} to grade again{before}. `gru-book grade` without SUBMISSIONS does it.")
    if done.without_bytes:
        click.echo(f"{done.without_bytes} cannot be: their bytes are not stored. Hand their files to `gru-book grade`.")


def _versions_now(exercises: Path | None) -> dict[str, int]:
    """The exercises' versions in the book that is found from here; nothing where there is none."""
    from gru_book.book import find_book
    from gru_book.grading.exercises import find_exercises

    try:
        folder = find_book() / "exercises" if exercises is None else exercises
    except GRUBookError:
        click.echo("There is no book here (--exercises names one): the versions stay those of before.", err=True)
        return {}
    return {exercise.id: exercise.version for exercise in find_exercises(folder)}


def _list_regrades(book: Gradebook, exercise: str | None, student: str | None) -> None:
    from gru_book.grading.text import visible

    asked = book.to_regrade(exercise, student)
    for one in asked:
        head = f"{one.student}  {one.run.exercise} version {one.run.exercise_version}  key {one.run.key_id}"
        click.echo(visible(f"{head}  {one.submission_hash[:12]}  asked {one.asked_at[:16]}  {one.why}"))
    click.echo(f"{len(asked)} to grade again.")
