"""Compile the per-step kernels for GPUs that need not be here: one line of JSON for each, what it would take there.

python compile_kernels.py '{"capabilities": [90], "dtypes": [["bfloat16", "ieee"]], "sizes": [[1, 75]]}'

Triton's interpreter must be off. The binary's use of registers is asked of cuobjdump, which comes with Triton.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from gru_book.torch_backend.kernels import per_step_kernels as kernels
from gru_book.torch_backend.kernels.support import launch_of

ELEMENTS = {torch.float32: "*fp32", torch.bfloat16: "*bf16", torch.float16: "*fp16"}
FLOAT32 = {"h", "z_t", "d_h", "rzn", "s"}  # whatever the weights are
FLAGS = {"BIASED": ["b_hn"], "MASKED": ["valid"], "HAS_D_OUTPUT": ["d_output"], "RESET_AFTER": ["s", "d_a_n"]}
"""What a kernel can leave out, and the arguments that are then None."""
KERNELS = ("step_after", "gates_before", "candidate_before", "step_back", "reset_back")


def compiled(kernel, dtype, precision, size, flag, capability):
    """One kernel, compiled: with everything that it can do, or without what it can leave out."""
    batch, hidden_size = size
    cut = launch_of(batch, hidden_size, dtype, strict=dtype == torch.float32 and precision == "ieee")
    constants = {"H": hidden_size, "PRECISION": precision, "MULTIPLY": True, "DIFFERENTIATE": True}
    constants |= {"BLOCK_H": cut.block_h, "BLOCK_B": cut.block_b, "BLOCK_K": cut.block_k, **dict.fromkeys(FLAGS, flag)}
    if not flag:
        constants |= {name: None for names in FLAGS.values() for name in names}
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


def resources(binary):
    """What cuobjdump says of a binary: registers a thread, and bytes that do not fit into them."""
    tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    with tempfile.NamedTemporaryFile(suffix=".cubin") as file:
        file.write(binary)
        file.flush()
        text = subprocess.run([tool, "-res-usage", file.name], capture_output=True, text=True, check=True).stdout
    return {name.lower(): int(re.search(rf"{name}:(\d+)", text)[1]) for name in ("REG", "STACK", "LOCAL")}


def main(capabilities, dtypes, sizes):
    """Every kernel in every combination."""
    for capability in capabilities:
        for (dtype, precision), size in ((d, s) for d in dtypes for s in sizes):
            for name, flag in ((name, flag) for name in KERNELS for flag in (False, True)):
                done = compiled(getattr(kernels, name), getattr(torch, dtype), precision, size, flag, capability)
                found = {
                    "kernel": name,
                    "what": [capability, dtype, precision, *size, flag],
                    "tensor_cores": "mma" in done.asm["ptx"],
                    "shared": done.metadata.shared,
                    **resources(done.asm["cubin"]),
                }
                print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
