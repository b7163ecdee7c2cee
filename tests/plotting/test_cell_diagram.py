"""The drawing of the cell: its parts are there, its words overlap nothing, its command writes files."""

import itertools
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from PIL import Image
from support.errors import argument_error

from gru_book.plotting.cell_diagram import EQUATIONS, cell_diagram, main, write
from gru_book.plotting.show import CARD

FIGURES = Path(__file__).resolve().parents[2] / "chapters" / "figures"

PARTS = {
    "h_prev", "x_t", "h_t", "gate.r", "gate.z", "product.r", "candidate", "blend", "knob.z",
    "wire.h_prev", "wire.h_prev.to_r", "wire.h_prev.to_z", "wire.h_prev.to_product", "wire.x.to_r", "wire.x.to_z",
    "wire.x.to_n", "wire.r", "wire.r_times_h", "wire.n", "wire.z", "wire.h_t",
}  # fmt: skip


@pytest.fixture
def fig():
    fig = cell_diagram()
    fig.canvas.draw()
    yield fig
    plt.close(fig)


def parts(fig):
    return {artist.get_gid(): artist for artist in fig.findobj() if artist.get_gid()}


def texts(fig):
    return [text for text in fig.axes[0].texts if text.get_text()]


def test_every_part_is_drawn(fig):
    assert parts(fig).keys() >= PARTS


def test_the_symbols_are_those_of_the_equations(fig):
    drawn = " ".join(text.get_text() for text in texts(fig))
    for symbol in ("h_{t{-}1}", "x_t", "r_t", "z_t", "n_t", "h_t", r"r_t \odot h_{t{-}1}"):
        assert symbol in drawn
    for _, _, equation in EQUATIONS:
        assert equation in drawn


def overlapping_texts(fig):
    boxes = [(text.get_text(), text.get_window_extent()) for text in texts(fig)]
    return [(a, b) for (a, one), (b, other) in itertools.combinations(boxes, 2) if one.overlaps(other)]


def crossed_texts(fig):
    """Labels that a wire runs through, those of the round and square parts apart, which cover their wires."""
    found = []
    wires = [line for gid, line in parts(fig).items() if gid.startswith("wire.")]
    covered = {"label.h_prev", "label.x_t", "label.h_t", "label.gate.r", "label.gate.z", "label.candidate"}
    for text in texts(fig):
        box = text.get_window_extent()
        if text.get_gid() in covered or len(text.get_text()) == 1:  # a badge's number stands on its disc
            continue
        for wire in wires:
            path = wire.get_transform().transform(wire.get_xydata())
            dense = np.concatenate([np.linspace(a, b, 400) for a, b in itertools.pairwise(path)])
            if any(box.contains(*point) for point in dense):
                found.append((text.get_text(), wire.get_gid()))
    return found


def test_no_word_lies_on_another_or_on_a_wire(fig):
    assert overlapping_texts(fig) == []
    assert crossed_texts(fig) == []


def test_an_overlap_would_be_found(fig):
    labels = texts(fig)
    labels[0].set_position(labels[1].get_position())
    parts(fig)["label.n"].set_position((10.0, 7.0))  # onto the wire of the old state
    fig.canvas.draw()
    assert overlapping_texts(fig)
    assert any(wire == "wire.h_prev" for _, wire in crossed_texts(fig))


def test_nothing_leaves_the_picture(fig):
    frame = fig.bbox
    for text in texts(fig):
        box = text.get_window_extent()
        assert frame.x0 <= box.x0
        assert box.x1 <= frame.x1
        assert frame.y0 <= box.y0
        assert box.y1 <= frame.y1


@pytest.mark.parametrize("z", [0.0, 0.35, 1])
def test_the_knob_slides_from_the_old_state_to_the_candidate(z):
    fig = cell_diagram(z)
    drawn = parts(fig)
    old, new = drawn["wire.h_prev"].get_ydata()[-1], drawn["wire.n"].get_ydata()[-1]
    height = old + z * (new - old)
    assert drawn["knob.z"].center[1] == pytest.approx(height)
    assert drawn["wire.h_t"].get_ydata() == pytest.approx([height, height])
    plt.close(fig)


@pytest.mark.parametrize("z", [-0.1, 1.1, "open", None, np.nan])
def test_a_z_out_of_range_is_refused(z):
    with argument_error("z"):
        cell_diagram(z)


def test_writing_twice_gives_the_same_bytes(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for one, other in zip(write(tmp_path / "a"), write(tmp_path / "b"), strict=True):
        assert one.read_bytes() == other.read_bytes()


def comments(svg):
    """Matplotlib draws texts as shapes and keeps each as a comment."""
    return re.findall(r"<!-- (.*?) -->", svg)


def test_the_committed_files_are_what_the_code_draws(tmp_path):
    svg, png = write(tmp_path)
    committed = (FIGURES / "gru_cell.svg").read_text(encoding="utf-8")
    assert comments(committed) == comments(svg.read_text(encoding="utf-8"))
    for gid in PARTS:
        assert f'id="{gid}"' in committed
    picture = Image.open(FIGURES / "gru_cell.png")
    assert picture.size == Image.open(png).size
    corner = np.array(picture.convert("RGBA").getpixel((3, 3))) / 255  # opaque, so it reads on a dark page too
    np.testing.assert_allclose(corner, to_rgba(CARD), atol=0.01)


@pytest.mark.parametrize("arguments", [[], ["no such folder"], [".", "."]])
def test_a_wrong_call_says_how(arguments, capsys):
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith("usage: ")


def test_the_command_writes_both_files(tmp_path):
    command = [sys.executable, "-m", "gru_book.plotting.cell_diagram", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert [Path(line).name for line in done.stdout.split()] == ["gru_cell.svg", "gru_cell.png"]
    assert all(Path(line).stat().st_size > 10_000 for line in done.stdout.split())
