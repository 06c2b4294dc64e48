"""Runs on their way into the page: loaded, named, with everything made that it needs at once."""

from collections.abc import Sequence
from pathlib import Path

from shapespace.data.progress import progress
from shapespace.explorer.opened import OpenRun
from shapespace.explorer.sketches import Sketches
from shapespace.studies.loaded import LoadedRun
from shapespace.studies.runs.finished import names_of_runs


def open_runs(
    paths: Sequence[Path], *, space: str | Path, dims: int, stimuli: str
) -> tuple[list[OpenRun], Sketches]:
    """Load runs with all that the page needs at once.

    Args:
        paths: Run directories.
        space: See `shapespace.load`.
        dims: Dimensions of the space.
        stimuli: Set whose ids are the items of the space.

    Raises:
        BadInput: If there is no run, or one cannot be used with this space.
    """
    sketches, runs = Sketches(), []
    names = names_of_runs(paths)
    for path, name in progress(
        list(zip(paths, names, strict=True)), len(paths), "opening runs"
    ):
        run = LoadedRun(path, space=space, dims=dims, stimuli=stimuli)
        run.name = name
        runs.append(OpenRun(run, sketches))
    return runs, sketches
