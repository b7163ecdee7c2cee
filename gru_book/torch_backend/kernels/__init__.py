"""The GRU's chain over time on a GPU, in Triton: what there is, what can run here, and who chooses.

    dispatch     the table of tiers, the choice, `force`, and the reasons
    per_step     one fused kernel a step, forward and backward, both resets, any size; per_step_kernels has the kernels
    one_block    all steps in one kernel, for layers whose recurrent weights fit one multiprocessor
    recompute    the gates again, from the outputs: a backward that needs nothing else kept
    steps        a loop of kernels over time as data; graphs records it as CUDA graphs where it repeats
    mingru_scan  minGRU's gate and scan in one kernel, forward and backward; mingru_kernels has the kernels
    exchange     how the blocks of a persistent kernel would share a layer: a plan and its programs, in NumPy
    support      whether Triton is there, whether it interprets, and how a kernel is cut into blocks

Importing this package loads neither Triton nor a kernel.
"""

from gru_book.torch_backend.kernels.dispatch import NoTritonWarning, force

__all__ = ["NoTritonWarning", "force"]
