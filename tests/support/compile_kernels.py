"""Compile the per-step kernels for GPUs that need not be here; one line of JSON for each: what it would take there.

python compile_kernels.py CAPABILITY...     (80 90); Triton's interpreter must be off
"""

import json
import sys

import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from gru_book.torch_backend.kernels import per_step_kernels as kernels
from gru_book.torch_backend.kernels.support import launch_of

ELEMENTS = {torch.float32: "*fp32", torch.bfloat16: "*bf16", torch.float16: "*fp16"}
FLOAT32 = {"h", "z_t", "d_h", "rzn", "s"}  # whatever the weights are
FLAGS = {"BIASED", "MASKED", "HAS_D_OUTPUT", "RESET_AFTER", "MULTIPLY", "DIFFERENTIATE"}
KERNELS = ("step_after", "gates_before", "candidate_before", "step_back", "reset_back")


def compiled(kernel, dtype, precision, batch, hidden_size, flag, capability):
    """One kernel, all its flags set to `flag`, except that it does something."""
    cut = launch_of(batch, hidden_size, dtype, strict=dtype == torch.float32 and precision == "ieee")
    constants = {
        "H": hidden_size,
        "PRECISION": precision,
        "BLOCK_H": cut.block_h,
        "BLOCK_B": cut.block_b,
        "BLOCK_K": cut.block_k,
        **{name: flag or name in ("MULTIPLY", "DIFFERENTIATE") for name in FLAGS},
    }
    constants = {name: value for name, value in constants.items() if name in kernel.arg_names}
    signature, attributes = {}, {}
    for position, name in enumerate(kernel.arg_names):
        if name in constants:
            signature[name] = "constexpr"
        elif name in ("t", "t_done", "batch"):
            signature[name] = "i32"
        else:
            signature[name] = "*i1" if name == "valid" else "*fp32" if name in FLOAT32 else ELEMENTS[dtype]
            attributes[(position,)] = [["tt.divisibility", 16]]
    source = ASTSource(kernel, signature, constants, attributes)
    options = {"num_warps": cut.warps, "num_stages": cut.stages}
    return triton.compile(source, target=GPUTarget("cuda", capability, 32), options=options)


def main(capabilities):
    for capability in capabilities:
        for dtype, precision in [
            (torch.float32, "ieee"),
            (torch.float32, "tf32"),
            (torch.bfloat16, "ieee"),
            (torch.float16, "ieee"),
        ]:
            for batch, hidden_size in [(1, 75), (64, 1024)]:
                for name in KERNELS:
                    for flag in (False, True):
                        kernel = getattr(kernels, name)
                        done = compiled(kernel, dtype, precision, batch, hidden_size, flag, capability)
                        found = {
                            "kernel": name,
                            "capability": capability,
                            "dtype": str(dtype),
                            "precision": precision,
                            "size": [batch, hidden_size],
                            "flag": flag,
                            "shared": done.metadata.shared,
                            "mma": "mma" in done.asm["ptx"],
                            "binary": len(done.asm["cubin"]),
                        }
                        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main([int(text) for text in sys.argv[1:]])
