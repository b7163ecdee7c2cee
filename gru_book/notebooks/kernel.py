"""A kernel that answers alike everywhere: this environment's Python, and none of the user's settings."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import ipykernel.kernelspec
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager


class OwnPython(KernelSpecManager):
    """Knows one kernel, the interpreter that runs this; a kernel "python3" in the user's home may be another."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """The specification of this environment's kernel, under any name."""
        own = ipykernel.kernelspec.get_kernel_dict()
        return KernelSpec(resource_dir=str(ipykernel.kernelspec.RESOURCES), **own)


def manager_settings(private: Path) -> dict[str, Any]:
    """Arguments of a KernelManager whose files are in the folder `private`.

    Where the system has them, local sockets carry the messages: no port is opened, and the kernel has no
    reason for its notice about unencrypted TCP.
    """
    settings: dict[str, Any] = {"kernel_name": "python3", "kernel_spec_manager": OwnPython()}
    settings["connection_file"] = str(private / "kernel.json")
    if os.name != "nt":
        settings |= {"transport": "ipc", "ip": str(private / "k")}
    return settings


def same_products() -> dict[str, str]:
    """A setting with which OpenBLAS sums products in one order on all processors that have AVX2.

    It has an order for each kind of processor, and a network that is trained for thousands of steps ends elsewhere
    after another last digit.
    """
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return {}
    return {"OPENBLAS_CORETYPE": "Haswell"} if " avx2 " in flags else {}


def environment(private: Path) -> dict[str, str]:
    """The kernel's environment variables: the caller's, with those fixed that change what a cell prints.

    One thread unless the caller says otherwise: products of small matrices gain nothing from more, and sums come
    out alike whatever the number of cores.
    """
    return {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        **os.environ,
        "PYTHONHASHSEED": "0",
        "IPYTHONDIR": str(private),  # no start-up files, no history of the user's
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "TQDM_DISABLE": "1",  # a progress bar is for the one who waits; stored, it is a list of times
        "GRU_BOOK_PROGRESS": "off",  # this is no reader's run: it marks no question as solved
        "GRU_BOOK_FAST": "0",  # the plain functions, whose last digits do not depend on what is installed
        "GRU_BOOK_STATIC": "1",  # a figure with controls is stored as the figure alone
        **same_products(),
        "COLUMNS": "100",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
