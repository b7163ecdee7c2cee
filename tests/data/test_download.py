"""Downloads against a server of this machine: whole files come through, damaged ones never do."""

import hashlib
import io
import random
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from gru_book.data.download import RETRIES, PublicFile, fetch, file_sha256
from gru_book.data.errors import DataError
from gru_book.data.spoken_digits import recordings_checksum

BODY = bytes(range(256)) * 400
ATTEMPTS = RETRIES + 1


class Server:
    """Answers request number k with answers[k], the last one from then on; counts the requests.

    An answer is (status, body, how many bytes it promises).
    """

    def __init__(self, answers):
        self.answers, self.requests = answers, 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                status, body, promised = outer.answers[min(outer.requests, len(outer.answers) - 1)]
                outer.requests += 1
                self.send_response(status)
                self.send_header("Content-Length", str(promised))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}/data.bin"

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


WHOLE = (200, BODY, len(BODY))
HALF = (200, BODY[: len(BODY) // 2], len(BODY) // 2)  # a server that has only half the file
CUT = (200, BODY[: len(BODY) // 2], len(BODY))  # a connection that breaks
PAGE = (200, b"<html>please log in</html>", 26)  # what a hotel's network answers
GONE = (404, b"not found", 9)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    pooch = pytest.importorskip("pooch", reason="pooch is not installed")
    monkeypatch.setattr(pooch.core.time, "sleep", lambda seconds: None)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def public_file(url, body=BODY):
    return PublicFile("data.bin", url, hashlib.sha256(body).hexdigest(), len(body))


def unreachable():
    """An address at which nobody listens: the port of a server that was closed."""
    with Server([WHOLE]) as server:
        return server.url


def test_a_file_is_downloaded_once(cache):
    with Server([WHOLE]) as server:
        file = public_file(server.url)
        path = fetch(file)
        assert fetch(file) == path
        assert server.requests == 1
    assert path == cache / "data.bin"
    assert path.read_bytes() == BODY
    assert list(cache.iterdir()) == [path]


@pytest.mark.parametrize("bad", [HALF, CUT, PAGE, GONE], ids=["half", "cut", "page", "gone"])
def test_what_is_not_the_file_is_asked_for_again(cache, bad):
    with Server([bad, WHOLE]) as server:
        path = fetch(public_file(server.url))
        assert server.requests == 2
    assert path.read_bytes() == BODY
    assert list(cache.iterdir()) == [path]


@pytest.mark.parametrize("bad", [HALF, CUT, PAGE, GONE], ids=["half", "cut", "page", "gone"])
def test_what_never_becomes_the_file_is_not_kept(cache, bad):
    with Server([bad]) as server, pytest.raises(DataError, match=r"data\.bin: could not be downloaded") as caught:
        fetch(public_file(server.url))
    assert server.requests == ATTEMPTS
    assert list(cache.iterdir()) == []
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", [b"", BODY[:100], BODY[:-1] + b"?"], ids=["empty", "part", "a byte"])
def test_a_damaged_copy_in_the_cache_is_fetched_again(cache, damage):
    cache.mkdir()
    (cache / "data.bin").write_bytes(damage)
    with Server([WHOLE]) as server:
        assert fetch(public_file(server.url)).read_bytes() == BODY
        assert server.requests == 1


def test_a_mirror_is_used_and_left_alone(cache, tmp_path, monkeypatch):
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "data.bin").write_bytes(BODY)
    monkeypatch.setenv("GRU_BOOK_DATA", str(mirror))
    assert fetch(public_file(unreachable())) == mirror / "data.bin"
    assert not cache.exists()


def test_a_damaged_copy_in_the_mirror_is_passed_over(cache, tmp_path, monkeypatch):
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    (mirror / "data.bin").write_bytes(BODY[:-1])
    monkeypatch.setenv("GRU_BOOK_DATA", str(mirror))
    with Server([WHOLE]) as server:
        assert fetch(public_file(server.url)) == cache / "data.bin"
    assert (mirror / "data.bin").read_bytes() == BODY[:-1]
    with pytest.raises(DataError, match=r"mirror.data\.bin is damaged"):
        fetch(PublicFile("data.bin", unreachable(), "0" * 64, 1))


def test_offline_the_message_says_what_to_do(cache):
    file = public_file(unreachable())
    with pytest.raises(DataError) as caught:
        fetch(file)
    message = str(caught.value)
    assert message.startswith("data.bin: could not be downloaded (ConnectionRefusedError")
    for needed in (f'curl -L -o data.bin "{file.url}"', str(cache / "data.bin"), "GRU_BOOK_DATA", file.sha256):
        assert needed in message
    assert "\n" not in message


def test_what_the_message_says_works(cache):
    file = public_file(unreachable())
    with pytest.raises(DataError):
        fetch(file)
    (cache / "data.bin").write_bytes(BODY)  # as the message says
    assert fetch(file).read_bytes() == BODY


def test_a_cache_that_cannot_be_written_is_said(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("GRU_BOOK_CACHE", str(tmp_path / "file" / "cache"))
    with Server([WHOLE]) as server, pytest.raises(DataError, match="could not be downloaded"):
        fetch(public_file(server.url))


def test_without_pooch_the_line_that_installs_it_is_said(monkeypatch):
    monkeypatch.setattr("gru_book.data.packages.find_spec", lambda name: None)
    with pytest.raises(DataError, match=r'needs the package pooch\. Install it: .* -m pip install "pooch"'):
        fetch(public_file(unreachable()))


def test_the_checksum_is_sha256(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    assert file_sha256(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


# --- Archives whose packing may change ---------------------------------------------------------------------


def archive(path, files, *, mode="w:gz", folder="recordings"):
    """Pack files, name -> bytes, in their order."""
    with tarfile.open(path, mode) as tar:
        for name, body in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    return path


FILES = {"1_theo_0.wav": b"one", "1_theo_1.wav": b"two", "2_george_0.wav": b"three"}


def test_an_archives_checksum_is_that_of_its_recordings(tmp_path):
    expected = recordings_checksum(archive(tmp_path / "a.tar.gz", FILES))
    backwards = dict(reversed(FILES.items()))
    other = archive(tmp_path / "b.tar.xz", backwards, mode="w:xz", folder="digits-26eb9aa/recordings")
    assert recordings_checksum(other) == expected
    more = archive(tmp_path / "c.tar.gz", {**FILES, "README.md": b"hello"})
    assert recordings_checksum(more) == expected


@pytest.mark.parametrize(
    "files",
    [
        {**FILES, "1_theo_1.wav": b"tw0"},
        {name: FILES[name] for name in list(FILES)[:2]},
        {**FILES, "3_theo_0.wav": b"four"},
        {"1_theo_0.wav": b"two", "1_theo_1.wav": b"one", "2_george_0.wav": b"three"},
    ],
    ids=["other bytes", "one less", "one more", "swapped"],
)
def test_other_recordings_have_another_checksum(tmp_path, files):
    expected = recordings_checksum(archive(tmp_path / "a.tar.gz", FILES))
    assert recordings_checksum(archive(tmp_path / "b.tar.gz", files)) != expected


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_cut_archive_is_no_crash(tmp_path, share):
    rng = random.Random(0)
    path = archive(tmp_path / "a.tar.gz", {name: rng.randbytes(5000) for name in FILES})
    expected = recordings_checksum(path)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert recordings_checksum(path) != expected


def test_a_cut_archive_is_fetched_again(cache, tmp_path):
    whole = archive(tmp_path / "a.tar.gz", FILES, folder="digits/recordings").read_bytes()
    sha256 = recordings_checksum(tmp_path / "a.tar.gz")
    with Server([(200, whole[:60], 60), (200, whole, len(whole))]) as server:
        path = fetch(PublicFile("digits.tar.gz", server.url, sha256, len(whole), recordings_checksum))
        assert server.requests == 2
    assert path.read_bytes() == whole
    assert list(cache.iterdir()) == [path]
