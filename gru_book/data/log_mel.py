"""From sound to log-mel frames: how much power each of a few bands has, every ten milliseconds."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from gru_book.data.sequences import finite
from gru_book.errors import ArgumentError
from gru_book.params import Array, describe


def hertz_to_mel(frequency: Array) -> Array:
    """mel = 2595 log10(1 + f / 700), any shape. Source: O'Shaughnessy (1987); Young et al., The HTK book (2006)."""
    return 2595.0 * np.log10(1.0 + frequency / 700.0)


def mel_to_hertz(mel: Array) -> Array:
    """The inverse of `hertz_to_mel`."""
    return 700.0 * (10.0 ** (mel / 2595.0) - 1.0)


@lru_cache(maxsize=8)
def mel_filters(num_mels: int, num_fft: int, rate: int) -> Array:
    """Triangles that overlap by half, equally wide in mel, from 0 to rate / 2: (num_mels, num_fft // 2 + 1).

    Raises ArgumentError: a band so narrow that no frequency of the transform falls into it.
    """
    edges = mel_to_hertz(np.linspace(0.0, float(hertz_to_mel(np.array(rate / 2))), num_mels + 2))
    low, centre, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    frequency = np.fft.rfftfreq(num_fft, 1.0 / rate)
    filters: Array = np.maximum(
        0.0, np.minimum((frequency - low) / (centre - low), (high - frequency) / (high - centre))
    )
    if not filters.any(axis=1).all():
        raise ArgumentError("num_mels", f"bands wider than {rate / num_fft:.1f} Hz", f"{num_mels} up to {rate // 2} Hz")
    filters.setflags(write=False)  # every caller gets this one array
    return filters


def log_mel(
    samples: Array,
    rate: int,
    *,
    num_mels: int = 40,
    frame_seconds: float = 0.025,
    hop_seconds: float = 0.010,
    floor: float = 1e-8,
) -> Array:
    """The natural logarithm of the power in each mel band, frame by frame.

    A frame of N samples is windowed (Hann) and transformed with the next power of two >= N samples; what is left after
    the last whole frame is dropped, and a sound shorter than one frame is filled up with silence.

    Args:
        samples: (S,) float64, S >= 1, about -1 to 1.
        rate: samples a second.
        num_mels: M, the bands from 0 to rate / 2.
        floor: power below it counts as it, so that silence is no -inf.

    Returns:
        (T, M) float64 with T = 1 + (S - N) // hop.
    """
    if samples.ndim != 1 or samples.size == 0:
        raise ArgumentError("samples", "shape (S,) with S >= 1", describe(samples))
    finite("samples", samples)
    size, hop = round(frame_seconds * rate), round(hop_seconds * rate)
    if size < 1 or hop < 1:
        raise ArgumentError("frame_seconds, hop_seconds", "at least one sample each", f"{size} and {hop} samples")
    padded = np.pad(samples, (0, max(0, size - samples.size)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    num_fft = 1 << (size - 1).bit_length()
    window = np.sin(np.pi * np.arange(size) / size) ** 2
    power = np.abs(np.fft.rfft(frames * window, num_fft, axis=1)) ** 2
    features: Array = np.log(np.maximum(power @ mel_filters(num_mels, num_fft, rate).T, floor))
    return features
