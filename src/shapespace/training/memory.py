"""Memory that is kept between steps instead of being given back and faulted in anew."""

import ctypes
import platform

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4


def keep_freed_memory() -> bool:
    """Tell glibc's allocator to keep what a step frees for the next one; say whether it did.

    With the defaults every step maps its large tensors again and the kernel fills each page
    with zeros. Elsewhere than on glibc this does nothing.
    """
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    largest = 2**31 - 1  # mallopt takes an int
    return all(
        mallopt(option, value)
        for option, value in (
            (M_MMAP_MAX, 0),
            (M_TRIM_THRESHOLD, largest),
            (M_TOP_PAD, 64 * 2**20),
        )
    )
