"""Psychological similarity spaces, learned from drawings and human ratings."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shapespace.studies.loaded import LoadedRun

__version__ = "0.1.0"


def load(
    run: str | Path,
    *,
    space: str | Path = "published",
    dims: int = 4,
    stimuli: str = "drawings",
) -> "LoadedRun":
    """Open a trained run: encode, decode, place in a similarity space, interpolate, walk.

    Args:
        run: The run directory.
        space: The similarity space: "published", a directory of `shapespace space build`, or
            "code" for FORM, LINES and ORIENTATION read directly from the code.
        dims: Dimensions of the space.
        stimuli: Name of the packed set whose ids are the items of the space; the built-in
            drawings if not given.

    Raises:
        BadInput: If there is no trained model in the directory.
    """
    # Here, since it imports torch, which takes a second.
    from shapespace.studies.loaded import LoadedRun

    return LoadedRun(run, space=space, dims=dims, stimuli=stimuli)
