"""The cache: built once, damaged files are noticed, and nothing is written anywhere else."""

import sys
import warnings

import numpy as np
import pytest

from gru_book.data.cache import arrays_checksum, cache_folder, cached_arrays, cached_file


class Builder:
    """Builds the same arrays each time and counts how often it had to."""

    def __init__(self):
        self.times = 0
        self.arrays = {"x": np.arange(600.0).reshape(20, 30), "names": np.array(["bwv1", "bwv269"])}

    def __call__(self):
        self.times += 1
        return self.arrays


def same(a, b):
    return arrays_checksum(a) == arrays_checksum(b)


def test_arrays_are_built_once(cache):
    build = Builder()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = cached_arrays("set", build), cached_arrays("set", build)
    assert build.times == 1
    assert same(first, build.arrays)
    assert same(second, build.arrays)
    assert [path.name for path in cache.iterdir()] == ["set.npz"]


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def other_numbers(path):
    """A whole .npz file whose numbers are not those of its checksum."""
    with np.load(path) as file:
        arrays = dict(file)
    arrays["x"] = arrays["x"] + 1
    np.savez_compressed(path, **arrays)


def without_checksum(path):
    np.savez_compressed(path, x=np.arange(3))


DAMAGES = {
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "empty": lambda path: path.write_bytes(b""),
    "a bit": flip_a_bit,
    "another file": lambda path: path.write_text("<html>not found</html>"),
    "other numbers": other_numbers,
    "no checksum": without_checksum,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_file_is_built_again(damage):
    build = Builder()
    cached_arrays("set", build)
    damage(cached_file("set"))
    with pytest.warns(UserWarning, match=r"set\.npz is damaged .* built again"):
        again = cached_arrays("set", build)
    assert build.times == 2
    assert same(again, build.arrays)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cached_arrays("set", build)
    assert build.times == 2


def test_a_file_that_holds_code_is_not_run(cache):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("the file was run",))

    cache.mkdir()
    np.savez(cached_file("set"), x=np.array([Trap()], dtype=object), allow_pickle=True)
    with pytest.warns(UserWarning, match="damaged"):
        cached_arrays("set", Builder())


def test_a_build_that_fails_leaves_nothing(cache):
    def fail():
        raise RuntimeError("no score")

    with pytest.raises(RuntimeError, match="no score"):
        cached_arrays("set", fail)
    assert not cache.exists()


def test_a_write_that_fails_leaves_nothing_half_done(cache, monkeypatch):
    monkeypatch.setattr("gru_book.data.cache.os.replace", raises(OSError("disk full")))
    build = Builder()
    with pytest.warns(UserWarning, match="could not be written .disk full."):
        arrays = cached_arrays("set", build)
    assert same(arrays, build.arrays)
    assert list(cache.iterdir()) == []


def test_an_interrupted_write_leaves_nothing_half_done(cache, monkeypatch):
    monkeypatch.setattr("gru_book.data.cache.np.savez_compressed", raises(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        cached_arrays("set", Builder())
    assert list(cache.iterdir()) == []


def raises(error):
    def fail(*args, **kwargs):
        raise error

    return fail


def test_a_folder_that_cannot_be_made_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GRU_BOOK_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(UserWarning, match="could not be written"):
        assert same(cached_arrays("set", Builder()), Builder().arrays)


def test_the_checksum_sees_name_type_shape_and_value():
    arrays = {"x": np.zeros((2, 3))}
    others = [
        {"y": np.zeros((2, 3))},
        {"x": np.zeros((2, 3), np.float32)},
        {"x": np.zeros((3, 2))},
        {"x": np.eye(2, 3)},
        {**arrays, "y": np.zeros(0)},
    ]
    assert all(not same(arrays, other) for other in others)
    assert same(arrays, {"x": np.zeros((3, 2)).T})


@pytest.mark.skipif(sys.platform != "linux", reason="where a system keeps caches differs")
def test_the_users_cache_is_used_unless_another_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("GRU_BOOK_CACHE")
    assert cache_folder() == tmp_path / "gru-book" / "data"
