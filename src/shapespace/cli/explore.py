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
    export_site: Path | None = None,
    onnxruntime_web: Path | None = None,
    json: bool = False,
) -> None:
    """Explore runs in the browser: a map of the similarity space, and the drawing at any point.

    The page is served on this machine only (127.0.0.1) and asks nothing of the outside. Stop it
    with Ctrl-C. Or it is written as a folder that any web server can serve, without Python.

    Example: shapespace explore demo/run

    Example: shapespace explore runs/sound runs/best --space spaces/mine --dims 3 --no-open

    Example: shapespace explore runs/best --export-site site

    Args:
        runs: Directories of trained runs; the first two can stand side by side.
        space: "published", a directory of `shapespace space build`, or "code" for the features
            read directly from the code.
        dims: Dimensions of the space.
        stimuli: Packed set whose ids are the items of the space.
        port: Port on this machine; 0 for any that is free.
        no_open: Do not call the browser.
        export_site: Write the page into this folder instead of serving it.
        onnxruntime_web: With --export-site: the package file of onnxruntime-web, as `npm pack`
            writes it; fetched by npm if not given.
        json: Print the address, or the folder and its size, as JSON.
    """
    if export_site is not None:
        _export(runs, export_site, space, dims, stimuli, onnxruntime_web, as_json=json)
        return
    if onnxruntime_web is not None:
        raise BadInput("--onnxruntime-web goes with --export-site; a served page needs none.")
    missing = [name for name in ("fastapi", "uvicorn") if find_spec(name) is None]
    if missing:
        raise BadInput(
            f"The explorer needs {' and '.join(missing)}, which the extra `web` installs: "
            "pip install -c constraints.txt '.[web]'."
        )
    from shapespace.explorer.opening import open_runs
    from shapespace.explorer.serving import serve

    found, sketches = open_runs(runs, space=space, dims=dims, stimuli=stimuli)

    def tell(address: str) -> None:
        if json:
            show_json({"address": address, "runs": [one.run.name for one in found]})
        else:
            print(f"{address} (Ctrl-C stops it)")
        sys.stdout.flush()  # whoever reads it waits for it

    serve(found, sketches, port=port, open_browser=not no_open, tell=tell)


def _export(
    runs: tuple[Path, ...], folder: Path, space: str, dims: int, stimuli: str,
    package: Path | None, *, as_json: bool,
) -> None:  # fmt: skip
    """Write the page as a static site; what can go wrong soonest is tried first."""
    from shapespace.explorer.opening import open_runs
    from shapespace.explorer.site.runtime import runtime_files
    from shapespace.explorer.site.writing import refuse_foreign, write_site
    from shapespace.studies.exporting.onnx_files import check_packages

    refuse_foreign(folder)
    check_packages()
    runtime = runtime_files(package)
    found, _ = open_runs(runs, space=space, dims=dims, stimuli=stimuli)
    site = write_site(found, folder, runtime=runtime)
    print(site.carries, file=sys.stderr)
    if as_json:
        show_json(
            {
                "folder": str(folder),
                "bytes": site.n_bytes,
                "runs": [one.run.name for one in found],
            }
        )
    else:
        print(
            f"{folder} ({site.n_bytes / 1e6:.1f} MB). To look at it: "
            f"python -m http.server --bind 127.0.0.1 --directory {folder}"
        )
