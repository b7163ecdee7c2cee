"""A small program for a checker of memory and races: each kernel once, forward and backward, both resets.

python -m support.gpu_program cuda|cpu [TIER...]     prints what it ran; ends with 1 where a number is not finite
"""

from __future__ import annotations

import sys

import torch

from gru_book.torch_backend.kernels.dispatch import Case, named
from support.kernels import draw, run

SIZES = {"cuda": ((5, 3, 4, 75), (4, 17, 8, 64)), "cpu": ((2, 2, 2, 3),)}


def main(place, *tiers):
    for tier in tiers or ("per_step", "one_block"):
        for reset_after in (False, True):
            for sizes in SIZES[place]:
                for dtype in (torch.float32, torch.bfloat16):
                    obstacle = named(tier).obstacle(Case(torch.device(place), dtype, sizes[-1], reset_after))
                    if obstacle is None:
                        results = run(tier, draw(*sizes), dtype, device=place, reset_after=reset_after)
                        if not all(tensor.isfinite().all() for tensor in results):
                            sys.exit(1)
                    print(tier, "after" if reset_after else "before", sizes, dtype, obstacle or "ran", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
