"""The `gru-book` command. Each subcommand imports what it needs when it runs, so `--help` answers at once."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import click

from gru_book import __version__
from gru_book.errors import GRUBookError

gradebook_option = click.option(
    "--gradebook",
    "place",
    metavar="FILE|URL",
    envvar="GRU_BOOK_GRADEBOOK",
    default="gradebook.db",
    help="A file, or postgresql://USER@HOST/DATABASE. Otherwise GRU_BOOK_GRADEBOOK names it, or gradebook.db here.",
)

USER_ERROR = 2
"""The exit code of a wrong argument, a missing file, or work that could not be done."""


class DeferredGroup(click.Group):
    """A group whose subcommands stand in another module, which is imported when one of them is asked for."""

    def __init__(self, *args: Any, source: str, **kwargs: Any) -> None:
        """`source` is "package.module:group"."""
        super().__init__(*args, **kwargs)
        self.source = source

    def _group(self) -> click.Group:
        module, _, name = self.source.partition(":")
        group = getattr(importlib.import_module(module), name)
        assert isinstance(group, click.Group), self.source
        return group

    def list_commands(self, ctx: click.Context) -> list[str]:
        return self._group().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self._group().get_command(ctx, cmd_name)


class DeferredWhole(DeferredGroup):
    """A group of which options and help stand in another module too, which is imported when the group is asked for."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        return self._group().make_context(info_name, args, parent, **extra)


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="gru-book")
@click.pass_context
def commands(ctx: click.Context) -> None:
    """The GRU book: read its chapters in JupyterLab and have its exercises checked.

    \b
    Examples:
      gru-book lab                    open the book in the browser
      gru-book check student.ipynb    grade a saved notebook
      gru-book progress               points so far, and what to do next
      gru-book doctor                 find out what does not work here, and what mends it

    \b
    Exit codes: 0 done; 1 the answer is no (check: not all points, doctor: something needed fails);
    2 could not run (a wrong argument, a file that is missing).
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@commands.command()
@click.option(
    "--book",
    type=click.Path(path_type=Path),
    help="The folder that holds chapters/ and exercises/. Otherwise: the current folder or one above it.",
)
@click.option("--no-browser", is_flag=True, help="Start the server alone and print its address.")
@click.option("--port", type=click.IntRange(1, 65535), help="The port. Otherwise 8888 or the next free one.")
@click.option("--ip", help="The address to listen on. Otherwise this machine only.")
@click.argument("extra", nargs=-1, type=click.UNPROCESSED)
def lab(book: Path | None, no_browser: bool, port: int | None, ip: str | None, extra: tuple[str, ...]) -> None:
    """Open the book in JupyterLab; stop it with Ctrl-C.

    What stands after -- (EXTRA) goes to JupyterLab as it is.

    \b
    Examples:
      gru-book lab
      gru-book lab --book ~/gru_book
      gru-book lab --no-browser --port 8899
      gru-book lab --no-browser --ip 0.0.0.0 -- --ServerApp.token=secret

    Exit codes: 0 stopped; 2 could not start (no book here, the port is taken).
    """
    from gru_book.book import find_book
    from gru_book.lab import start_lab

    folder = find_book(book)
    click.echo(f"gru-book: the book is {folder}; Ctrl-C stops JupyterLab", err=True)
    start_lab(folder, browser=not no_browser, port=port, ip=ip, extra=extra)


@commands.command()
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@click.option(
    "--exercises",
    type=click.Path(path_type=Path),
    help="The folder of the exercises. Otherwise exercises/ of the book that is found from here.",
)
def check(path: Path, as_json: bool, exercises: Path | None) -> int:
    """Grade the saved notebook PATH: points, and what to look at where an answer is wrong.

    \b
    Examples:
      gru-book check exercises/05_gru_forward/student.ipynb
      gru-book check student.ipynb --json
      gru-book check student.ipynb --exercises ~/gru_book/exercises

    \b
    Exit codes: 0 all points; 1 not all (a wrong or missing answer, an exception in one);
    2 could not run (no such file, not a notebook, an unknown exercise).
    """
    from rich.console import Console

    from gru_book.grading.notebook import check_notebook

    try:
        with Console(stderr=True).status("Starting") as status:  # shown on a terminal alone
            report = check_notebook(
                path, exercises=exercises, on_question=lambda question: status.update(f"Checking {question.id}")
            )
    except GRUBookError as error:
        if not as_json:
            raise
        code, message = getattr(error, "code", "exercise"), getattr(error, "message", str(error))
        facts = {"code": code, "message": message, "file": str(getattr(error, "file", path))}
        click.echo(_json({"schema": 1, "error": facts}))
        return USER_ERROR
    click.echo(_json(report.to_json()) if as_json else report.render_text())
    return 0 if report.passed else 1


@commands.command("list")
@click.option(
    "--exercises",
    type=click.Path(path_type=Path),
    help="The folder of the exercises. Otherwise exercises/ of the book that is found from here.",
)
def list_exercises(exercises: Path | None) -> None:
    """List the exercises with their questions and points.

    \b
    Examples:
      gru-book list
      gru-book list --exercises ~/gru_book/exercises

    Exit codes: 0 listed; 2 could not run (no book here).
    """
    from gru_book.book import find_book
    from gru_book.grading.exercises import find_exercises

    for exercise in find_exercises(exercises if exercises is not None else find_book() / "exercises"):
        click.echo(f"{exercise.id}: {exercise.title} ({exercise.max_points:g} points)")
        for question in exercise.questions:
            manual = f" + {question.manual_points:g} by a person" if question.manual_points else ""
            click.echo(f"  {question.id}  {question.title} ({question.points:g}{manual})")


EXERCISES = click.option(
    "--exercises",
    type=click.Path(path_type=Path),
    help="The folder of the exercises. Otherwise exercises/ of the book that is found from here.",
)


@commands.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of text.")
@EXERCISES
def progress(as_json: bool, exercises: Path | None) -> None:
    """Show your points, attempts and last mistakes, and what to do next.

    \b
    Examples:
      gru-book progress
      gru-book progress --json
      gru-book progress --exercises ~/gru_book/exercises

    Exit codes: 0 shown; 2 could not run (no book here).
    """
    from gru_book.grading.progress import show

    overview = show(exercises)
    click.echo(_json(overview.to_json()) if as_json else str(overview))


@commands.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option("--question", help="Reset this question alone, such as 05.3. Otherwise the whole notebook.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@EXERCISES
def reset(path: Path | None, question: str | None, yes: bool, exercises: Path | None) -> None:
    """Restore the stub of a question in the notebook PATH, or the whole notebook as it was handed out.

    PATH is a notebook or the name of an exercise; with --question it may be left out. What you wrote is kept:
    the notebook as it is goes to a file beside it first. Save it in JupyterLab before, and reload it after.

    \b
    Examples:
      gru-book reset --question 05.3
      gru-book reset 05_gru_forward
      gru-book reset exercises/05_gru_forward/student.ipynb --question 05.3 --yes

    Exit codes: 0 done; 1 you said no; 2 could not run (no such file, not a notebook, no such question).
    """
    from gru_book.grading.exercises import find_question, notebook_at
    from gru_book.grading.reset import reset as restore

    if path is None:
        found = find_question(question, exercises) if question else None
        if found is None:
            raise click.UsageError("name a notebook, an exercise such as 05_gru_forward, or a --question such as 05.3")
        path = Path(found[0].folder)
    path = notebook_at(path, exercises)
    what = f"question {question}" if question else "every question"
    if not yes and sys.stdin.isatty() and not click.confirm(f"Restore the stub of {what} in {path}?"):
        sys.exit(1)
    done = restore(path, question, exercises=exercises)
    click.echo(f"{done.path}: {what} is a stub again; your version is {done.kept}")
    click.echo("If the notebook is open in JupyterLab: File > Reload Notebook from Disk.")


@commands.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file to write. Otherwise NAME-submission.zip."
)
@click.option("--student", default="", help="Your name or number, as your instructor wants it.")
@click.option("--force", is_flag=True, help="Replace the file if it is there already.")
@EXERCISES
def submit(paths: tuple[Path, ...], output: Path | None, student: str, force: bool, exercises: Path | None) -> None:
    """Pack notebooks, without their outputs, into one file to hand in.

    PATHS are notebooks or names of exercises; without any, every exercise of the book that you have begun. Save
    your notebooks first. What is not answered yet is said, and packed all the same.

    \b
    Examples:
      gru-book submit 05_gru_forward
      gru-book submit exercises/05_gru_forward/student.ipynb
      gru-book submit -o maria.zip --student maria

    Exit codes: 0 packed; 2 could not (no such file, not a notebook, the file is there already).
    """
    from gru_book.grading.exercises import notebook_at
    from gru_book.grading.submission import begun, pack

    chosen = [notebook_at(path, exercises) for path in paths] or begun(exercises)
    packed = pack(chosen, output, student=student, force=force, exercises=exercises)
    for words in packed.warnings:
        click.echo(f"gru-book: note: {words}", err=True)
    click.echo(f"{packed.path}: {', '.join(packed.exercises)}")


@commands.command()
@click.argument("out", type=click.Path(path_type=Path))
@click.option(
    "--book",
    type=click.Path(path_type=Path),
    help="The project's folder. Otherwise: the current folder or one above it.",
)
@click.option("--force", is_flag=True, help="Replace an edition that is there already, and its zip.")
def release(out: Path, book: Path | None, force: bool) -> None:
    """Write the student edition to the folder OUT and to OUT.zip: the book without its answers.

    Students get the chapters, the library, the exercises' notebooks, and `check`, which names their mistakes as here.
    Solutions, the lists of right and wrong answers, and the tests stay out; so do the inputs that grades come from,
    which are drawn anew for each class. What `check` must know of an exercise is sealed in one file, which keeps an
    answer from being read by accident.

    \b
    Examples:
      gru-book release ~/gru-book-students
      gru-book release build/students --force

    Exit codes: 0 written; 2 could not (something else is there, a solution is not its exercise's).
    """
    from gru_book.book import find_book
    from gru_book.grading.release import release as write

    edition = write(find_book(book), out, force=force, progress=sys.stderr.isatty())
    click.echo(f"{edition.folder}: {len(edition.exercises)} exercises, {edition.files} files")
    click.echo(f"{edition.zip}: the same, packed")


@commands.command()
@click.argument("submissions", required=False, type=click.Path(path_type=Path))
@gradebook_option
@click.option("--exercise", help="Grade this exercise alone, such as 05_gru_forward.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes of this machine. Otherwise one a core.")
@click.option("--dask", metavar="ADDRESS", help="Grade on the workers of this Dask scheduler, such as tcp://host:8786.")
@click.option(
    "--time-limit",
    type=click.FloatRange(1, 3600),
    metavar="S",
    help="Seconds that one submission may take in all. Otherwise 120.",
)
@click.option("--no-sandbox", is_flag=True, help="Run submissions with your own rights. The gradebook records it.")
@click.option(
    "--demo", type=click.IntRange(1, 10_000), is_flag=False, flag_value=60, metavar="[N]",
    help="Make up a class of N (60), hostile students among them, and grade it.",
)  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a summary.")
@EXERCISES
def grade(
    submissions: Path | None,
    place: str,
    exercise: str | None,
    jobs: int | None,
    dask: str | None,
    time_limit: float | None,
    no_sandbox: bool,
    demo: int | None,
    as_json: bool,
    exercises: Path | None,
) -> int:
    """Grade what a class handed in: the folder or zip SUBMISSIONS.

    It may hold a folder for each student, notebooks or packed files (gru-book submit) beside one another, and zips of
    these; names are read as Moodle, Canvas and Blackboard give them. Every submission runs in a jail of its own, and
    everybody meets the same inputs, which are drawn from a key that is made for the class and kept in the gradebook.
    Ctrl-C finishes what runs and stops; whatever stopped it, the same command goes on. Without SUBMISSIONS it grades
    what `gru-book gradebook regrade` asked for.

    \b
    Examples:
      gru-book grade --demo                             a class that is made up, in a minute
      gru-book grade submissions/ --exercise 05_gru_forward
      gru-book grade download.zip --gradebook course.db --jobs 8
      gru-book grade submissions/ --dask tcp://10.0.0.1:8786 --gradebook postgresql://grader@db/course

    \b
    Exit codes: 0 all graded; 1 some refused, or not graded for reasons of the grader's;
    2 could not run (no such folder, no sandbox, the gradebook cannot be written); 130 stopped.
    """
    from gru_book.grading.classroom.command import Options, grade_demo
    from gru_book.grading.classroom.command import grade as grade_class

    if dask is not None and jobs is not None:
        raise click.UsageError("--jobs and --dask exclude one another: Dask's workers are started beside the scheduler")
    options = Options(submissions, place, exercise, jobs, dask, time_limit, not no_sandbox, exercises, as_json)
    if demo is not None:
        if submissions is not None:
            raise click.UsageError("--demo makes its own submissions; leave out SUBMISSIONS")
        return grade_demo(demo, options)
    return grade_class(options)


@commands.command()
@click.option("--sandbox", is_flag=True, help="Try what grading a class needs: attack the jail, here and now.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of a table.")
def doctor(sandbox: bool, as_json: bool) -> int:
    """Try what the book needs on this machine; each line that fails says what mends it.

    \b
    Examples:
      gru-book doctor
      gru-book doctor --sandbox    before you grade a class: does the jail hold here?
      gru-book doctor --json

    Exit codes: 0 what is needed works; 1 something needed does not; 2 could not run.
    """
    from gru_book.doctor import examine, sandbox_probes, show

    chosen = sandbox_probes() if sandbox else None
    if as_json:
        results = list(examine(chosen))
        click.echo(_json({"schema": 1, "probes": [result.to_json() for result in results]}))
    else:
        results = show(examine(chosen), "What grading needs" if sandbox else "What the book needs")
    return 0 if all(result.ok for result in results if result.needed) else 1


commands.add_command(
    DeferredWhole(
        "bench",
        source="gru_book.bench.commands:bench",
        short_help="Measure this package beside others, on this machine.",
    )
)
commands.add_command(
    DeferredGroup(
        "author",
        source="gru_book.grading.authoring:author",
        short_help="Build and prove exercises (for their authors).",
        help="""Build and prove exercises, for those who write them.

        \b
        Examples:
          gru-book author build 05_gru_forward    write the student's and the solution notebook
          gru-book author check 05_gru_forward    prove that every check can fail

        \b
        Exit codes: 0 done; 1 a check does not hold; 2 could not run.
        """,
    )
)
commands.add_command(
    DeferredGroup(
        "data",
        source="gru_book.data.commands:data",
        short_help="List the data sets, and fetch one.",
        help="""List the book's data sets, and fetch one.

        \b
        Examples:
          gru-book data list               every data set, and what is missing
          gru-book data get jsb_chorales   fetch one, check it, and show what is in it

        \b
        Exit codes: 0 done; 1 the data are not those that the book was tested with;
        2 could not run (an unknown name, a package that is missing, no network).
        """,
    )
)
commands.add_command(
    DeferredGroup(
        "gradebook",
        source="gru_book.grading.gradebook.commands:gradebook",
        short_help="Look at the grades of a class (for instructors).",
        help="""Look at the grades of a class, export them, check them, and have work graded again.

        \b
        Examples:
          gru-book gradebook show                            students and exercises, the best attempts
          gru-book gradebook export --csv grades.csv         for a spreadsheet
          gru-book gradebook audit                           would it stand up in an appeal?
          gru-book gradebook regrade --student 'Ada Lovelace'

        \b
        Exit codes: 0 done; 1 audit found something; 2 could not run (no gradebook there, it cannot be read).
        """,
    )
)


def main(arguments: list[str] | None = None) -> None:
    """Run the command and end the process with its exit code; a user's mistake is one line on stderr."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without Greek letters shows ? and goes on
    try:
        code = commands.main(arguments, prog_name="gru-book", standalone_mode=False)
    except click.ClickException as error:
        _fail(error.format_message())
    except GRUBookError as error:
        _fail(str(error))
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        # `gru-book list | head` closed the pipe; without this Python complains once more at exit.
        sys.stdout = None
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> None:
    click.echo(f"gru-book: {' '.join(message.split())}", err=True)
    sys.exit(USER_ERROR)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=True)
