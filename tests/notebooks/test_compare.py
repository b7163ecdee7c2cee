"""The comparison: numbers by value, words exactly, pictures by alt text and data."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat.v4 import new_output

from gru_book.notebooks.compare import compare_outputs, compare_texts, compare_values
from gru_book.notebooks.tolerance import Tolerance

DEFAULT = Tolerance()


@pytest.mark.parametrize(
    ("stored", "run"),
    [
        ("loss 0.123456789", "loss 0.1234567891"),
        ("[0.1 0.3]", "[0.1        0.30000001]"),
        ("[ 0.5 -1.25]", "[0.5 -1.25]"),
        ("array([1.00000000e-03])", "array([1.00000001e-03])"),
        ("<object at 0x7fe416162d80>", "<object at 0x7f0000000000>"),
        ("/tmp/ipykernel_12/345.py:3: UserWarning: x", "/var/t/ipykernel_9/1.py:3: UserWarning: x"),
        ("\x1b[31mred\x1b[0m 1.0", "red 1.0"),
        ("1,234,567.0", "1,234,567.01"),
        ("\N{MINUS SIGN}0.5", "-0.5"),
        ("0.0 and -0.0", "-0.0 and 0.0"),
        ("np.float64(1.5)", "np.float64(1.5000000001)"),
        ("took 1.5x", "took 1.50000001x"),
    ],
)
def test_equal(stored, run):
    assert compare_texts(stored, run, DEFAULT) == []


@pytest.mark.parametrize(
    ("stored", "run"),
    [
        ("loss 0.123456789", "loss 0.12346"),
        ("3 gates", "4 gates"),
        ("-1.0", "1.0"),
        ("r z", "r n"),
        ("one  two", "one two"),
        ("float32", "float64"),
        ("h_1", "h_2"),
        ("nan", "0.1"),
        ("(3, 30)", "(3, 31)"),
        ("[1 2]", "[12]"),
        ("a\nb", "a"),
        ("1.5 s", "1.7 s"),
        ("0x7fe4", "7fe4"),
    ],
)
def test_different(stored, run):
    assert compare_texts(stored, run, DEFAULT)


@given(st.floats(-1e300, 1e300), st.sampled_from([1e-6, 1e-3, 0.1]))
def test_a_number_may_move_by_the_tolerance_and_no_further(value, rtol):
    tolerance = Tolerance(rtol=rtol, reason="test")
    inside, outside = value * (1 + 0.5 * rtol), value * (1 + 2 * rtol)
    assert compare_texts(f"x {value!r}", f"x {inside!r}", tolerance) == []
    if abs(value) > 1e-300:  # below, a float has few digits left
        assert compare_texts(f"x {value!r}", f"x {outside!r}", tolerance)


def test_the_message_names_line_numbers_and_tolerance():
    (message,) = compare_texts("a 1\nb 2.0", "a 1\nb 2.1", DEFAULT)
    assert message == "line 2: stored 2.0, run 2.1: they differ by 0.048 of their size, allowed 1e-06"


def test_times_are_skipped_only_where_the_cell_says_so():
    timings = Tolerance(timings=True, reason="measures")
    assert compare_texts("1.5 s for 10 steps", "17 ms for 10 steps", timings) == []
    assert compare_texts("loop      9.5 ms\nhand    117.2 ms", "loop     10.5 ms\nhand     17.2 ms", timings) == []
    assert compare_texts("1.5 s for 10 steps", "1.5 s for 11 steps", timings)


def picture(alt="A gate.", source="AAAA", width=400, values=(0.0, 1.0, 0.25)):
    html = f'<img alt="{alt}" width="{width}" src="data:image/png;base64,{source}">'
    data = {"text/html": html, "text/plain": f"Figure: {alt}", "application/x+json": {"values": list(values)}}
    return new_output("display_data", data=data)


def test_a_picture_is_compared_by_alt_text_and_data_never_by_bytes():
    stored = [picture()]
    assert compare_outputs(stored, [picture(source="BBBB", width=404)], DEFAULT) == []
    assert compare_outputs(stored, [picture(values=(0.0, 1.0, 0.25 + 1e-9))], DEFAULT) == []
    assert compare_outputs(stored, [picture(values=(0.0, 1.0, 0.26))], DEFAULT)
    assert len(compare_outputs(stored, [picture(alt="Another.")], DEFAULT)) == 2


def test_in_a_list_the_greatest_number_sets_the_scale():
    assert compare_values([1.0, 1e-17], [1.0, -3e-17], DEFAULT) == []
    assert compare_values([1e-17], [-3e-17], DEFAULT)
    assert compare_values({"a": [1, "x", None]}, {"a": [1, "x", True]}, DEFAULT)


def test_html_is_compared_as_text_with_numbers():
    def panel(points):
        return [new_output("display_data", data={"text/html": f"<b style='width: 12px'>{points} points</b>"})]

    assert compare_outputs(panel("1.0"), panel("1.00000001"), DEFAULT) == []
    assert compare_outputs(panel("1.0"), panel("2.0"), DEFAULT)


def text(words, name="stdout"):
    return new_output("stream", name=name, text=words)


def test_a_missing_an_extra_and_another_kind_of_output_are_reported():
    assert compare_outputs([], [text("x")], DEFAULT) == ["output 1 is not stored; the run shows stream 'x'"]
    assert compare_outputs([text("x")], [], DEFAULT)
    assert compare_outputs([text("x")], [text("x", "stderr")], DEFAULT)


def test_streams_are_merged_and_their_interleaving_does_not_count():
    stored = [text("a\n"), text("warn\n", "stderr"), text("b\n")]
    assert compare_outputs(stored, [text("warn\n", "stderr"), text("a\nb\n")], DEFAULT) == []


def test_what_a_library_says_on_its_first_run_does_not_count():
    note = "Matplotlib is building the font cache; this may take a moment.\n"
    assert compare_outputs([], [text(note, "stderr")], DEFAULT) == []
