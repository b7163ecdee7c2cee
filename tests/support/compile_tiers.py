"""Compile the kernels of minGRU and of the one-block tier for GPUs that need not be here: a line of JSON for each.

python compile_tiers.py '{"capability": 90, "kernels": "one_block", "dtype": "bfloat16", "size": [7, 3, 75]}'

size: T, B, H; a 1 among them is compiled in, as a launch does it. Triton's interpreter must be off.
"""

import json
import sys

import torch
import triton
from compile_kernels import ELEMENTS, resources
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from gru_book.torch_backend.kernels import mingru_kernels, one_block, one_block_kernels
from gru_book.torch_backend.kernels.mingru_scan import cut

MINGRU_NUMBERS = ("T", "B", "H", "a_t", "a_b", "d_t", "d_b", "steps")
FLOAT32 = {"one_block": ("h_n", "rzn", "s", "d_h_0"), "mingru": ("keeps", "gains")}


def of_one_block(name, dtype, size, flag, precision):
    """The constants of a kernel, its numbers by name, and its warps."""
    seq_len, batch, hidden_size = size
    block_h, block_b, warps = one_block.cut(hidden_size)
    flags = ("RESET_AFTER", "DESCENDING", "BIASED", "MASKED", "HAS_D_OUTPUT", "HAS_D_H_N")
    constants = {"H": hidden_size, "PRECISION": precision, "BLOCK_H": block_h, "BLOCK_B": block_b}
    return constants | dict.fromkeys(flags, flag), {"T": seq_len, "batch": batch}, warps


def of_mingru(name, dtype, size, flag, precision):
    """The same."""
    shape = cut(*size, 132, backward=name == "backward")
    flags = ("HAS_LENGTHS", "HAS_D", "HAS_D_N", "BACKWARD")
    constants = {"PARTS": shape.parts, "STEPS": shape.steps, "BLOCK_H": shape.block_h}
    seq_len, batch, hidden_size = size
    strides = (batch * 2 * hidden_size, 2 * hidden_size, batch * hidden_size, hidden_size)
    numbers = (seq_len, batch, hidden_size, *strides, shape.chunk_steps)
    return constants | dict.fromkeys(flags, flag), dict(zip(MINGRU_NUMBERS, numbers, strict=True)), 4


KERNELS = {
    "one_block": (one_block_kernels, ("forward", "backward"), of_one_block),
    "mingru": (mingru_kernels, ("forward", "backward", "summarise"), of_mingru),
}


def compiled(kernel, kernels, dtype, constants, numbers, warps, capability):
    """One kernel for one GPU."""
    constants = constants | {name: 1 for name, value in numbers.items() if value == 1}
    constants = {name: value for name, value in constants.items() if name in kernel.arg_names}
    signature, attributes = {}, {}
    for position, name in enumerate(kernel.arg_names):
        if name in constants:
            signature[name] = "constexpr"
        elif name in numbers:
            signature[name] = "i32"
        else:
            special = {"valid": "*i1", "lengths": "*i64"} | dict.fromkeys(FLOAT32[kernels], "*fp32")
            signature[name] = special.get(name, ELEMENTS[dtype])
        if name not in constants and (name not in numbers or numbers[name] % 16 == 0):
            attributes[(position,)] = [["tt.divisibility", 16]]
    source = ASTSource(kernel, signature, constants, attributes)
    return triton.compile(source, target=GPUTarget("cuda", capability, 32), options={"num_warps": warps})


def main(capability, kernels, dtype, size, precision="ieee"):
    module, names, constants_of = KERNELS[kernels]
    for name in names:
        for flag in (False, True):
            constants, numbers, warps = constants_of(name, getattr(torch, dtype), size, flag, precision)
            done = compiled(
                getattr(module, name), kernels, getattr(torch, dtype), constants, numbers, warps, capability
            )
            what = {
                "kernel": name,
                "flag": flag,
                "shared": done.metadata.shared,
                "tensor_cores": "mma." in done.asm["ptx"],
            }
            print(json.dumps(what | resources(done.asm["cubin"])), flush=True)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
