"""Memory that a step frees is kept for the next one, in large pages.

A training step allocates and frees hundreds of megabytes in large blocks. The C library gives
such blocks back to the kernel at once and takes new, empty pages for the next step: on the
processor that was a tenth (96 px) to a fifth (224 px) of a step in bfloat16, and nearly half in
float32. See docs/decisions/0006.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os

__all__ = ["keep_memory"]

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX = -1, -2, -4  # names of glibc's mallopt
_HUGE_PAGES = 14  # MADV_HUGEPAGE
_PAGE = 2 * 2**20
_MOST = 8 * 2**30


@functools.cache
def keep_memory() -> bool:
    """Whether this process now keeps what it frees; once done, it stays so.

    Only with glibc on Linux, and not where BUFFYCOAT_KEEP_MEMORY is 0. What is kept is counted
    as used by the process until it ends, and never exceeds the most that it needed at once.
    """
    if os.environ.get("BUFFYCOAT_KEEP_MEMORY") == "0":
        return False
    with contextlib.suppress(OSError, AttributeError, ValueError, TypeError):  # no glibc here
        return _keep(ctypes.CDLL(None))
    return False


def _keep(libc: ctypes.CDLL) -> bool:
    """No block by a mapping of its own, nothing given back, and the heap in large pages."""
    size = min(_MOST, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2)
    done = [libc.mallopt(_MMAP_MAX, 0), libc.mallopt(_TRIM_THRESHOLD, -1)]
    if not all(done):
        return False
    libc.mallopt(_TOP_PAD, 64 * 2**20)
    libc.malloc.argtypes, libc.malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    # Addresses alone: pages come when they are touched, and then as large ones.
    block = libc.malloc(size)
    if block:
        start = -(-block // _PAGE) * _PAGE
        libc.madvise(start, (block + size - start) // _PAGE * _PAGE, _HUGE_PAGES)
        libc.free(block)
    return True
