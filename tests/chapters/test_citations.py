"""Every source has author, year, title and link, and every citation is of a source in the list."""

from __future__ import annotations

import pytest
from support.citations import CITATION, sources, unresolved
from support.texts import chapters, planted

each_chapter = pytest.mark.parametrize("text", chapters(), ids=lambda text: text.path.stem)


@each_chapter
def test_every_source_has_author_year_title_and_link(text):
    found, problems = sources(text)
    assert problems == []
    assert found


@each_chapter
def test_every_citation_is_in_the_list(text):
    assert unresolved(text) == []


def test_the_chapters_do_cite():
    """The pattern finds what it looks for: a floor on how much."""
    assert sum(len(CITATION.findall(line)) for text in chapters() for _, line in text.sentences) > 30


# --- the proofs that they can fail ---------------------------------------------------------------------

PLANTED = """# A chapter

Gates follow from time (Tallec and Ollivier 2018). Cho et al. (2014) have two; Weiss, Goldberg and Yahav (2018) count.
In 1990 it was so, from 1900 on. Elman's (1990) network had none.

## Sources

- Tallec, Ollivier (2018), *Can recurrent neural networks warp time?*, [arXiv 1804.11188](https://arxiv.org/abs/1804.11188).
- Cho, van Merriënboer (2014), *Learning Phrases*, [arXiv 1406.1078](https://arxiv.org/abs/1406.1078). First.
- Weiss, Goldberg, Yahav (2018), *On Finite Precision*, [arXiv 1805.04908](https://arxiv.org/abs/1805.04908).
- Elman (1990), *Finding Structure in Time*, Cognitive Science 14(2), [doi](https://doi.org/10.1207/s15516709cog1402_1).
- PyTorch (no date), *torch.nn.GRU*, documentation, [docs.pytorch.org](https://docs.pytorch.org/).
"""


def test_a_list_in_the_form_passes():
    text = planted(PLANTED)
    assert sources(text)[1] == []
    assert unresolved(text) == []
    assert [source.authors[0] for source in sources(text)[0]] == ["Tallec", "Cho", "Weiss", "Elman", "PyTorch"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("- Elman (1990), *F", "- Elman, *F", "expected '- Author"),
        ("- Elman (1990)", "- (1990)", "expected '- Author"),
        ("*Finding Structure in Time*", "Finding Structure in Time", "expected '- Author"),
        ("[doi](https://doi.org/10.1207/s15516709cog1402_1)", "doi 10.1207", "no link"),
        (", documentation", "", "neither documentation nor data"),
        ("## Sources", "## Reading", "no section Sources"),
        ("- Elman (1990)", "Elman (1990)", "expected '- Author"),
        ("(Tallec and Ollivier 2018)", "(Tallec and Ollivier 2017)", "'Tallec and Ollivier 2017)' is in no item"),
        ("Cho et al. (2014)", "Chung et al. (2014)", "'Chung et al. (2014)' is in no item"),
        ("Elman's (1990)", "Jordan's (1990)", "is in no item"),
        ("In 1990 it was so", "Mozer 1992 had it so", "'Mozer 1992' is in no item"),
    ],
)
def test_what_is_wrong_with_a_citation_is_named(old, new, says):
    text = planted(PLANTED.replace(old, new, 1))
    assert any(says in problem for problem in sources(text)[1] + unresolved(text))
