"""Where the links of a text lead: files, headings in JupyterLab's form, numbered equations, named figures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from support.texts import CODE, LINK, ROOT, Text, chapters

NAMED = re.compile(r"\{(eq|numref|ref)\}`([^`]+)`")
BARE_NAMED = re.compile(r"(?<![`\w{}])\{(?:eq|numref|ref)\}(?!`)")
ABROAD = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def lab_anchor(slug: str) -> str:
    """The id that JupyterLab gives a heading: HTML wants no digit in front."""
    return f"id-{slug}" if slug[:1].isdigit() else slug


def links(text: Text) -> Iterator[tuple[int, str]]:
    """(line, target) of each link outside of code; pictures too."""
    for number, line in text.prose_lines:
        hidden = CODE.sub(lambda m: "·" * len(m[0]), line)  # a link shown as code is none; its text may be code
        for match in LINK.finditer(hidden):
            yield number, match[2]


def source_of(path: Path) -> Path:
    """The text whose headings a file shows: a notebook's is beside it."""
    if path.suffix != ".ipynb":
        return path
    return path.with_suffix(".md") if path.parent.name == "chapters" else path.parent / "exercise.md"


@cache
def anchors_of(path: Path) -> frozenset[str]:
    """The anchors of a file's headings."""
    slugs = [heading.anchor for heading in Text.read(source_of(path)).headings]
    return frozenset(slugs if path.suffix == ".md" and path.parent == ROOT else map(lab_anchor, slugs))


def link_problems(text: Text) -> list[str]:
    """Each link that leads nowhere."""
    found = []
    own = Counter(heading.anchor for heading in text.headings)
    for number, target in links(text):
        at = f"{text.name}:{number}: the link to {target!r}"
        if ABROAD.match(target):
            continue
        file, _, anchor = unquote(target).partition("#")
        path = (text.path.parent / file).resolve() if file else text.path
        if not file:
            if anchor not in {lab_anchor(slug) for slug in own}:
                found.append(f"{at} has no heading")
            elif own[anchor.removeprefix("id-")] > 1:
                found.append(f"{at} has {own[anchor.removeprefix('id-')]} headings")
        elif not path.is_relative_to(ROOT):
            found.append(f"{at} leaves the book")
        elif not path.exists():
            found.append(f"{at} has no file")
        elif anchor and path.suffix in (".md", ".ipynb") and anchor not in anchors_of(path):
            found.append(f"{at} has no heading")
    return found + _reference_problems(text)


def _reference_problems(text: Text) -> list[str]:
    labels = Counter(equation.label for equation in text.equations if equation.label)
    names = {block.option("name") for block in text.blocks} - {""}
    found = [f"{text.name}: the label {label} stands {n} times" for label, n in labels.items() if n > 1]
    for number, line in text.prose_lines:
        for role, name in NAMED.findall(line):
            if name not in (labels if role == "eq" else names):
                found.append(f"{text.name}:{number}: {{{role}}}`{name}` names nothing in this text")
        if BARE_NAMED.search(line):
            found.append(f"{text.name}:{number}: a reference without a name")
    for block in text.blocks:
        if block.kind in ("figure", "image"):
            if not (text.path.parent / block.title).is_file():
                found.append(f"{text.name}:{block.number}: there is no picture {block.title}")
            if len(block.option("alt")) < 20:
                found.append(f"{text.name}:{block.number}: the picture {block.title} needs an alt text")
    return found


def linked_texts() -> list[Text]:
    """Every text of the book that has links."""
    names = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
    rest = [*(ROOT / name for name in names), *sorted(ROOT.glob("exercises/*/exercise.md"))]
    pages = [path for path in sorted((ROOT / "chapters").glob("*.md")) if not path.name[:2].isdigit()]
    return chapters() + [Text.read(path) for path in [*pages, *rest] if path.is_file()]
