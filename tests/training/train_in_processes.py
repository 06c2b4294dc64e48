"""What every process of test_processes.py runs: the toy training, five images a minibatch."""

import json
import os
import signal
import sys
from pathlib import Path

import numpy as np
import torch
from toys import CPU, MODEL, NOISE, TRAINING

from shapespace.data.batches import Batches
from shapespace.data.sampling import ScribbleSource
from shapespace.model.autoencoder import Autoencoder
from shapespace.training.loop import fit
from shapespace.training.processes import Processes, joined_processes


class Counted(ScribbleSource):
    """Training images that note how many of them each minibatch asked this process for."""

    shown: list[int]
    stop_before: int | None

    def images(self, positions: np.ndarray, part: slice = slice(None)):
        images = super().images(positions, part)
        self.shown.append(len(images))
        if positions[0] // 5 == self.stop_before:
            os.kill(os.getpid(), signal.SIGINT)
        return images


def train(out: Path, processes: Processes, stop_before: int | None = None) -> None:
    """Train the toy, and write how many images this process made for each minibatch."""
    options = {"side": 16, "smallest_share": 0.75, "seed": 5, "device": CPU}
    source = Counted("train", **options)
    source.shown, source.stop_before = [], stop_before
    validation = ScribbleSource("validation", **options)
    try:
        fit(
            Autoencoder(MODEL, seed=1),
            Batches({"scribbles": source}, {"scribbles": 5}),
            Batches({"scribbles": validation}, {"scribbles": 5}),
            config=TRAINING,
            noise=NOISE,
            seed=1,
            directory=out,
            device=CPU,
            processes=processes,
        )
    except KeyboardInterrupt:
        assert stop_before is not None
    out.joinpath(f"shown-{processes.rank}.json").write_text(json.dumps(source.shown))


if __name__ == "__main__":
    torch.set_num_threads(1)
    with joined_processes() as joined:
        for word in sys.argv[1:]:  # a directory, or directory:step to stop before
            out, _, step = word.partition(":")
            train(Path(out), joined, int(step) if step else None)
