"""Log-mel frames, against sums written out and against sounds whose pitch is known."""

import numpy as np
import pytest
from support.errors import argument_error
from support.tolerances import assert_close

from gru_book.data.log_mel import hertz_to_mel, log_mel, mel_filters, mel_to_hertz

RATE = 8000


def test_the_features_are_their_definition():
    samples = np.random.default_rng(0).normal(size=420)
    size, hop, num_fft, bands = 200, 80, 256, 12
    expected = []
    for start in (0, 80, 160):
        frame = [samples[start + k] * (0.5 - 0.5 * np.cos(2 * np.pi * k / size)) for k in range(size)]
        power = []
        for m in range(num_fft // 2 + 1):
            wave = np.exp(-2j * np.pi * m * np.arange(size) / num_fft)
            power.append(abs(np.sum(frame * wave)) ** 2)
        edges = 700 * (10 ** (np.arange(bands + 2) * (2595 * np.log10(1 + 4000 / 700) / (bands + 1)) / 2595) - 1)
        row = []
        for low, centre, high in zip(edges, edges[1:], edges[2:], strict=False):
            frequencies = np.arange(num_fft // 2 + 1) * RATE / num_fft
            row.append(np.log(np.sum(power * np.interp(frequencies, [low, centre, high], [0, 1, 0], 0, 0))))
        expected.append(row)
    assert (samples.size - size) // hop + 1 == 3
    assert_close(log_mel(samples, RATE, num_mels=bands), np.array(expected))


@pytest.mark.parametrize("frequency", [300.0, 1000.0, 3000.0])
def test_a_tone_is_loudest_in_its_own_band(frequency):
    tone = np.sin(2 * np.pi * frequency * np.arange(RATE) / RATE)
    loudest = log_mel(tone, RATE).mean(axis=0).argmax()
    centres = mel_to_hertz(np.linspace(0, hertz_to_mel(np.array(4000.0)), 42))[1:-1]
    assert abs(loudest - np.abs(centres - frequency).argmin()) <= 1


def test_twice_as_loud_is_log_four_more():
    noise = np.random.default_rng(0).normal(size=4000)
    assert_close(log_mel(2 * noise, RATE) - log_mel(noise, RATE), np.full((48, 40), np.log(4.0)))


def test_silence_is_the_floor():
    assert_close(log_mel(np.zeros(1000), RATE, floor=1e-6), np.full((11, 40), np.log(1e-6)))


def test_mel_and_hertz_are_inverse():
    frequency = np.linspace(0, 4000, 9)
    assert_close(mel_to_hertz(hertz_to_mel(frequency)), frequency)
    assert hertz_to_mel(np.array(1000.0)) == pytest.approx(1000, rel=1e-3)


def test_neighbouring_bands_add_up_to_one():
    filters = mel_filters(20, 256, RATE)
    centres = mel_to_hertz(np.linspace(0, hertz_to_mel(np.array(4000.0)), 22))[1:-1]
    frequency = np.fft.rfftfreq(256, 1 / RATE)
    between = (frequency >= centres[0]) & (frequency <= centres[-1])
    assert_close(filters.sum(axis=0)[between], np.ones(between.sum()))


@pytest.mark.parametrize("size", [1, 199, 200, 279, 280])
def test_the_number_of_frames(size):
    assert log_mel(np.ones(size), RATE).shape == (1 + max(0, size - 200) // 80, 40)


def test_what_does_not_fit_is_named():
    with argument_error("num_mels", expected="31.2 Hz"):
        log_mel(np.ones(400), RATE, num_mels=120)
    with argument_error("samples", expected="finite"):
        log_mel(np.array([0.0, np.nan]), RATE)
    with argument_error("samples", got=r"\(0,\)"):
        log_mel(np.zeros(0), RATE)
    with argument_error("samples", got=r"\(2, 2\)"):
        log_mel(np.zeros((2, 2)), RATE)
    with argument_error("frame_seconds, hop_seconds"):
        log_mel(np.ones(400), RATE, hop_seconds=0.0)
