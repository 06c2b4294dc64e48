"""What the machine can do: products, convolutions and memory, the limits of everything else."""

from benchmarks.candidates import Candidate, Pace
from benchmarks.entry import Entry, per_second
from benchmarks.measuring import Settings, measure

CHANNELS, MAPS_SIDE = 256, 14
"""Shape of the published encoder's last three convolutions, where most of a step goes."""


def limits(settings: Settings) -> Entry:
    """Measure the attainable peak and the memory bandwidth, with one and two threads."""
    side, batch, megabytes = (64, 1, 1) if settings.tiny else (2048, 32, 256)
    kinds = {
        "matrix product": ("product", {"side": side}, 2 * side**3 / 1e9, "GFLOP/s"),
        "convolution 3 x 3": (
            "convolution",
            {"batch": batch},
            2 * batch * (CHANNELS * MAPS_SIDE) ** 2 * 9 / 1e9,
            "GFLOP/s",
        ),
        "copy in memory": ("copy", {"megabytes": megabytes}, 2 * megabytes / 1e3, "GB/s"),
    }
    entry = Entry(
        title="What the machine can do",
        notes=[
            f"float32; square matrices of side {side}; {CHANNELS} to {CHANNELS} channels on "
            f"{MAPS_SIDE} x {MAPS_SIDE} maps, batch {batch}, channels-last; copies of "
            f"{megabytes} MB, read and written bytes counted.",
        ],
    )
    for kind, (function, arguments, amount, unit) in kinds.items():
        candidates = [
            Candidate(
                name=kind,
                function=f"limits:{function}",
                arguments=arguments,
                n_threads=n_threads,
                units=1 if settings.tiny else 8,
            )
            for n_threads in (1, 2)
        ]
        for one in candidates:
            found = measure([one], settings, title=f"{kind}, {one.n_threads} thread(s)")
            entry.add(threads(one.n_threads), [one], found, per_second(amount), unit)
    return entry


def threads(n: int) -> str:
    """Return "1 thread", "2 threads"."""
    return f"{n} thread" if n == 1 else f"{n} threads"


def product(pace: Pace, *, side: int) -> None:
    """Multiply two square matrices."""
    import torch

    a, b, out = (torch.rand(side, side) for _ in range(3))
    pace()
    while True:
        torch.mm(a, b, out=out)
        pace()


def convolution(pace: Pace, *, batch: int) -> None:
    """Convolve maps with 3 x 3 kernels, forward."""
    import torch
    import torch.nn.functional as F

    last = torch.channels_last
    maps = torch.rand(batch, CHANNELS, MAPS_SIDE, MAPS_SIDE).to(memory_format=last)
    kernels = torch.rand(CHANNELS, CHANNELS, 3, 3).to(memory_format=last)
    with torch.no_grad():
        pace()
        while True:
            F.conv2d(maps, kernels, padding=1)
            pace()


def copy(pace: Pace, *, megabytes: int) -> None:
    """Copy a block of memory."""
    import torch

    source = torch.ones(megabytes * 250_000)
    target = torch.empty_like(source)
    pace()
    while True:
        target.copy_(source)
        pace()
