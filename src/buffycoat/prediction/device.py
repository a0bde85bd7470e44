"""Where the network runs, and in which precision."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Literal

import torch

__all__ = ["Precision", "autocast", "best_device", "resolve_precision", "using_threads"]

Precision = Literal["auto", "bf16", "fp32"]
"""`auto` is bfloat16 where the device computes in it, else float32."""


def best_device() -> torch.device:
    """The GPU where there is one, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def resolve_precision(precision: Precision, device: torch.device) -> Literal["bf16", "fp32"]:
    """The precision that `auto` means on this device."""
    if precision != "auto":
        return precision
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    return "bf16" if _processor_has_bf16() else "fp32"


def _processor_has_bf16() -> bool:
    # Without these instructions bfloat16 is emulated, and slower than float32.
    probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, probe, lambda: False)() for probe in probes)


def autocast(
    precision: Literal["bf16", "fp32"], device: torch.device
) -> contextlib.AbstractContextManager[object]:
    """The context in which the network computes."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == "bf16")


@contextlib.contextmanager
def using_threads(n_threads: int) -> Iterator[None]:
    """Compute with so many threads inside the block (0 leaves the number as it is)."""
    before = torch.get_num_threads()
    if n_threads:
        torch.set_num_threads(n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
