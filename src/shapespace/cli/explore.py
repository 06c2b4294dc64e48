"""`shapespace explore`."""

import sys
from importlib.util import find_spec
from pathlib import Path

import tyro

from shapespace.cli.show import show_json
from shapespace.errors import BadInput


def explore(
    runs: tyro.conf.Positional[tuple[Path, ...]],
    *,
    space: str = "published",
    dims: int = 4,
    stimuli: str = "drawings",
    port: int = 8765,
    no_open: bool = False,
    json: bool = False,
) -> None:
    """Explore runs in the browser: a map of the similarity space, and the drawing at any point.

    The page is served on this machine only (127.0.0.1) and asks nothing of the outside. Stop it
    with Ctrl-C.

    Example: shapespace explore demo/run

    Example: shapespace explore runs/sound runs/best --space spaces/mine --dims 3 --no-open

    Args:
        runs: Directories of trained runs; the first two can stand side by side.
        space: "published", a directory of `shapespace space build`, or "code" for the features
            read directly from the code.
        dims: Dimensions of the space.
        stimuli: Packed set whose ids are the items of the space.
        port: Port on this machine; 0 for any that is free.
        no_open: Do not call the browser.
        json: Print the address as JSON.
    """
    missing = [name for name in ("fastapi", "uvicorn") if find_spec(name) is None]
    if missing:
        raise BadInput(
            f"The explorer needs {' and '.join(missing)}, which the extra `web` installs: "
            "pip install -c constraints.txt '.[web]'."
        )
    from shapespace.explorer.serving import open_runs, serve

    found, sketches = open_runs(runs, space=space, dims=dims, stimuli=stimuli)

    def tell(address: str) -> None:
        if json:
            show_json({"address": address, "runs": [one.run.name for one in found]})
        else:
            print(f"{address} (Ctrl-C stops it)")
        sys.stdout.flush()  # whoever reads it waits for it

    serve(found, sketches, port=port, open_browser=not no_open, tell=tell)
