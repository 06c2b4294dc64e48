"""The input side: from files to an augmented, noisy minibatch, ours and other ways."""

# pyright: reportMissingImports=false, reportMissingModuleSource=false

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np

from benchmarks.candidates import Candidate, Pace
from benchmarks.entry import Entry, per_second
from benchmarks.measuring import Settings, measure

SIDE = 224
LEVEL = 0.1
TURNS = 15.0
"""Largest rotation and shear in degrees, as in the study."""
ANEW = "packed, augmented, noisy (ours)"
"""Our way from a packed set to what the network sees, as the results call it."""
READ = "packed, read only (ours)"
"""The same as stored, which is what reading a copy from a file amounts to."""


def inputs(settings: Settings) -> Entry:
    """Measure minibatches of sketch-like images without any training."""
    n_files, batch = (8, 4) if settings.tiny else (1000, 128)
    entry = Entry(
        title="The input side alone",
        notes=[
            f"{n_files} scribbles of {SIDE} pixels, packed or as PNG files in the page cache; "
            f"minibatches of {batch} as float32; one thread. The study wrote its augmented copies "
            "to PNG files and drew one mask of noise a minibatch; ours augments every copy anew "
            "and draws a mask an image.",
        ],
    )
    common = {"n_files": n_files, "batch": batch, "home": str(settings.home)}

    def way(name: str, function: str, *, n_helpers: int = 0, **arguments) -> Candidate:
        return Candidate(
            name=name,
            function=f"inputs:{function}",
            arguments=common | arguments,
            n_helpers=n_helpers,
            units=1 if settings.tiny else 3,
        )

    ours = way(ANEW, "ours", augment=True, noise="image")
    candidates = [
        ours,
        way("packed, augmented (ours)", "ours", augment=True, noise=""),
        way(READ, "ours", augment=False, noise=""),
        way("scribbles, drawn and noisy (ours)", "drawn"),
        way("PNG by OpenCV", "study", noise=False),
        way("PNG by OpenCV, NumPy noise (the study's way)", "study", noise=True),
        way("PNG by Pillow, DataLoader, no worker", "loader", workers=0, augment=False),
        way(
            "PNG and affine by Pillow, DataLoader, no worker", "loader", workers=0, augment=True
        ),
        *(
            way(
                f"PNG by Pillow, DataLoader, {n} worker(s)",
                "loader",
                n_helpers=n,
                workers=n,
                augment=False,
            )
            for n in (() if settings.tiny else (1, 2))
        ),
    ]
    found = measure(candidates, settings, title="input side", budget_s=60)
    case = f"batch {batch}"
    entry.add(case, candidates, found, per_second(batch), "images/s")
    for other in candidates:
        if not other.name.endswith("(ours)"):
            entry.compare(case, ours, other, found)
    return entry


def ours(pace: Pace, *, n_files: int, batch: int, home: str, augment: bool, noise: str) -> None:
    """Make minibatches from a packed set with the functions that `train` uses.

    Args:
        pace: Called after every minibatch.
        n_files: Images of the set.
        batch: Images of a minibatch.
        home: Folder of the set.
        augment: Whether copies are turned, sheared, resized and moved; else only read.
        noise: The scope of the masks, or "" for none.
    """
    import torch

    from benchmarks.images import packed_scribbles
    from shapespace.data.augmentation import Turns
    from shapespace.data.noise import salt_and_pepper
    from shapespace.data.randomness import torch_stream
    from shapespace.data.sampling import PackedSource

    packed = packed_scribbles(n_files, SIDE, Path(home))
    source = PackedSource(
        packed,
        np.arange(n_files),
        side=SIDE,
        turns=Turns(),
        smallest_share=0.75,
        seed=0,
        device=torch.device("cpu"),
    )
    pace()
    for step in count():
        positions = np.arange(step * batch, (step + 1) * batch)
        if augment:
            images = source.images(positions)
        else:
            scans = torch.from_numpy(packed.gather(positions % n_files))
            images = scans[:, None].float().div_(255)
        if noise:
            generator = torch_stream(0, "noise", step)
            salt_and_pepper(images, LEVEL, generator=generator, scope="image")
        pace()


def drawn(pace: Pace, *, n_files: int, batch: int, home: str) -> None:
    """Draw scribbles without end and add noise; no file is read."""
    import torch

    from shapespace.data.noise import salt_and_pepper
    from shapespace.data.randomness import torch_stream
    from shapespace.data.sampling import ScribbleSource

    source = ScribbleSource(
        "train", side=SIDE, smallest_share=0.75, seed=0, device=torch.device("cpu")
    )
    pace()
    for step in count():
        images = source.images(np.arange(step * batch, (step + 1) * batch))
        salt_and_pepper(images, LEVEL, generator=torch_stream(0, "noise", step))
        pace()


def study(pace: Pace, *, n_files: int, batch: int, home: str, noise: bool) -> None:
    """Read finished copies from PNG files with OpenCV, one by one, as the study did."""
    import cv2

    from benchmarks.images import png_files

    cv2.setNumThreads(1)
    paths = [str(path) for path in png_files(n_files, SIDE, Path(home))]
    draw = np.random.default_rng(0)
    pace()
    for rows in _batches(n_files, batch):
        scans = [cv2.imread(paths[k], cv2.IMREAD_GRAYSCALE) for k in rows]
        images = np.stack([np.asarray(scan, np.float32) / 255 for scan in scans])
        if noise:
            mask = draw.random((SIDE, SIDE))
            images[:, mask < LEVEL / 2] = 0
            images[:, mask > 1 - LEVEL / 2] = 1
        pace()


def loader(
    pace: Pace, *, n_files: int, batch: int, home: str, workers: int, augment: bool
) -> None:
    """Read PNG files with Pillow in the workers of PyTorch's DataLoader, then add noise."""
    import torch
    from torch.utils.data import DataLoader

    from benchmarks.images import png_files

    files = PngFiles(png_files(n_files, SIDE, Path(home)), augment=augment)
    batches = DataLoader(
        files,  # type: ignore[arg-type]
        batch_size=batch,
        sampler=_Endless(n_files),  # type: ignore[arg-type]
        num_workers=workers,
    )
    ready = iter(batches)
    next(ready)  # the workers have started
    pace()
    for images in ready:
        draw = torch.rand(1, SIDE, SIDE)
        noisy = torch.where(draw < LEVEL / 2, 0.0, images)
        torch.where(draw > 1 - LEVEL / 2, 1.0, noisy)
        pace()


class PngFiles:
    """A data set of PyTorch: one decoded image for each index."""

    def __init__(self, paths: list[Path], *, augment: bool) -> None:
        self._paths, self._augment = paths, augment

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int):
        import torch
        from PIL import Image

        image = Image.open(self._paths[index]).convert("L")
        if self._augment:
            image = image.transform(
                image.size,
                Image.Transform.AFFINE,
                _affine(np.random.default_rng(index)),
                Image.Resampling.BILINEAR,
                fillcolor=255,
            )
        return torch.from_numpy(np.asarray(image).astype(np.float32) / 255)[None]


def _affine(draw: np.random.Generator) -> tuple[float, ...]:
    """Return a random turn, shear, size and shift about the middle, in Pillow's order."""
    turn, slope = np.deg2rad(draw.uniform(-TURNS, TURNS, 2))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    linear = rotation @ np.array([[1, np.tan(slope)], [0, 1]]) / draw.uniform(0.75, 1)
    middle = np.full(2, SIDE / 2)
    shift = middle - linear @ middle + draw.uniform(-20, 20, 2)
    return (*linear[0], shift[0], *linear[1], shift[1])


class _Endless:
    """Random indices without end; a DataLoader that begins anew starts its workers anew."""

    def __init__(self, n: int) -> None:
        self._n = n

    def __iter__(self) -> Iterator[int]:
        draw = np.random.default_rng(0)
        while True:
            yield from draw.permutation(self._n).tolist()

    def __len__(self) -> int:
        return 10**9


def _batches(n: int, batch: int) -> Iterator[list[int]]:
    indices = iter(_Endless(n))
    while True:
        yield [next(indices) for _ in range(batch)]
