"""`shapespace train`."""

import sys
from pathlib import Path
from typing import Annotated

import tyro

from shapespace.cli.show import show_json


def train(
    *,
    out: Path,
    recipe: str = "quick",
    fold: int = 0,
    seed: int = 42,
    set: Annotated[
        tuple[str, ...], tyro.conf.arg(metavar="KEY=VALUE"), tyro.conf.UseAppendAction
    ] = (),
    threads: int | None = None,
    tensorboard: bool = False,
    json: bool = False,
) -> None:
    """Train one model on one fold; start it again to go on where it was stopped.

    Example: shapespace train --recipe published-best --out runs/best --set training.n_images=150000

    Example: torchrun --nproc-per-node 2 -m shapespace.cli.main train --recipe sound --out runs/sound

    Args:
        out: Run directory; made if it is not there.
        recipe: Where the config starts: quick, published-default, published-best or sound.
        fold: Test fold, from 0; the one before it validates.
        seed: Source of all randomness.
        set: Change one value of the config, such as model.code_size=256; may be repeated.
        threads: Threads of the CPU; torch's choice if not given.
        tensorboard: Also write the history as TensorBoard events.
        json: Print the summary as JSON.
    """
    import os
    from dataclasses import asdict

    from shapespace.studies.runs.config import with_settings
    from shapespace.studies.runs.recipes import recipe as find_recipe
    from shapespace.studies.runs.running import train_run

    base = find_recipe(recipe)
    config = with_settings(base, (f"fold={fold}", f"seed={seed}", *set))
    summary = train_run(config, out, n_threads=threads, tensorboard=tensorboard)
    if int(os.environ.get("RANK", "0")) > 0:  # torchrun's other processes: one is told enough
        return
    for note in summary.notes:
        print(note, file=sys.stderr)
    if json:
        show_json(asdict(summary))
        return
    print(
        f"{out}: {summary.n_images:,} images in {summary.seconds:.0f} s; "
        f"best epoch {summary.best_epoch}, validation {summary.selection} "
        f"{summary.best_value:.5f} nats a pixel"
    )
