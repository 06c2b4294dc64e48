"""Writing the explorer's page as a folder that any web server can serve."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from shapespace import __version__
from shapespace.data.progress import progress
from shapespace.data.writing import new_directory, write_bytes, write_text
from shapespace.errors import BadInput, Collision
from shapespace.explorer.describing import description, pairs
from shapespace.explorer.opened import OpenRun
from shapespace.explorer.site.numbers import arrays_of, facts_of, packed, to_json
from shapespace.explorer.site.runtime import LICENCE, NAME, VERSION
from shapespace.studies.exporting.onnx_files import export_onnx

MARK = "site.json"
"""Lists what an export wrote; tells our own folders from those of others."""

POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "
    "img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'"
)
"""What the page may do: the same as the served one, and run the networks (WebAssembly)."""

_LATE = (
    '<p id="late">Still loading. Opened as a file this page cannot load its parts: serve its '
    "folder, such as with “python -m http.server”, and open the address that this names.</p>"
)

_CHARSET = '<meta charset="utf-8">'
_POLICY = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
_LOST = '<p id="lost"'
_CHANGES = (
    ("answers.js", "./served.js", "./static/answers.js"),
    ("index.html", _CHARSET, f"{_CHARSET}\n{_POLICY}"),
    ("index.html", _LOST, f"{_LATE}\n{_LOST}"),
)
"""What is different from the served page: file, words there, words in the site."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """A site that was written."""

    folder: Path
    n_bytes: int
    carries: str
    """What of the data goes with it, for those who may not share all of them."""


def write_site(runs: Sequence[OpenRun], folder: Path, *, runtime: Mapping[str, bytes]) -> Site:
    """Write the page, everything fixed that it shows, and the networks as ONNX.

    The folder appears when it is whole, in place of an earlier export.

    Args:
        runs: What is explored, one or more; all in the same space.
        folder: Where the site goes; see `refuse_foreign`.
        runtime: Files of onnxruntime-web, by name; see `runtime_files`.

    Raises:
        BadInput: If the runs cannot stand side by side, or packages for ONNX are missing.
        Collision: If the folder holds something else.
        ShapespaceError: If a network gives other numbers as ONNX, or the disk is full.
    """
    refuse_foreign(folder)
    about = description(runs)
    with new_directory(folder.resolve()) as scratch:
        _write_page(scratch)
        for name, content in {**runtime, "LICENSE": LICENCE.encode()}.items():
            write_bytes(scratch / NAME / name, content)
        digest = hashlib.sha256(to_json(about).encode())
        for number, one in enumerate(progress(runs, len(runs), "writing runs")):
            digest.update(_write_run(one, scratch / "data" / str(number)))
        # The page asks for all else by this stamp, so that no copy kept by a browser is mistaken
        # for a part of this site, and shows how much of it has arrived.
        about |= {"stamp": digest.hexdigest()[:12], "sizes": _sizes(scratch)}
        write_text(scratch / "data" / "about.json", to_json(about))
        write_text(scratch / "README.md", _readme(runs))
        sizes = _sizes(scratch)
        mark = {"shapespace": __version__, "runs": [one.run.name for one in runs]}
        write_text(scratch / MARK, json.dumps({**mark, "files": sizes}, indent=1) + "\n")
    return Site(folder=folder, n_bytes=sum(sizes.values()), carries=_carries(runs))


def refuse_foreign(folder: Path) -> None:
    """Make sure that nothing is lost if a folder is replaced by a site.

    Raises:
        Collision: If it is a file, or holds anything that no earlier export wrote.
    """
    if folder.exists() and not folder.is_dir():
        raise Collision(f"{folder} is a file; name a folder for the site.")
    first = next(folder.iterdir(), None) if folder.is_dir() else None
    if first is None:
        return
    try:
        ours = {MARK, *json.loads((folder / MARK).read_text(encoding="utf-8"))["files"]}
        foreign = min(set(_sizes(folder)) - ours, default=None)
    except (OSError, ValueError, KeyError, TypeError):  # not a folder of an export
        foreign = first.name
    if foreign is not None:
        raise Collision(
            f"{folder} holds {foreign!r}, which no export wrote and which would be lost. Name a "
            "new folder, or move it away."
        )


def _write_page(folder: Path) -> None:
    page = Path(str(files("shapespace.explorer") / "page"))
    for source in sorted(path for path in page.rglob("*") if path.is_file()):
        write_bytes(folder / source.relative_to(page), source.read_bytes())
    (folder / "served.js").unlink()
    for name, before, after in _CHANGES:
        text = (folder / name).read_text(encoding="utf-8")
        assert before in text
        write_text(folder / name, text.replace(before, after))


def _write_run(one: OpenRun, folder: Path) -> bytes:
    """Write what is fixed of one run; return a checksum of it."""
    export_onnx(one.run, folder)
    content, index = packed(arrays_of(one))
    try:
        rated = pairs(one)
    except BadInput as error:  # of this space, which the page then says
        rated = {"error": str(error)}
    write_bytes(folder / "arrays.bin", content)
    write_text(folder / "pairs.json", to_json(rated))
    write_text(folder / "run.json", to_json({**facts_of(one), "arrays": index}))
    written = sorted(folder.iterdir())
    return b"".join(hashlib.sha256(file.read_bytes()).digest() for file in written)


def _sizes(folder: Path) -> dict[str, int]:
    """Return the size of every file in a folder, by its path in it."""
    found = sorted(path for path in folder.rglob("*") if not path.is_dir())
    return {path.relative_to(folder).as_posix(): path.lstat().st_size for path in found}


def _carries(runs: Sequence[OpenRun]) -> str:
    n_codes = sum(len(one.run.training_codes) for one in runs)
    return (
        f"The site carries the pictures of {len(runs[0].names)} stimuli, the codes of {n_codes:,} "
        "training images and the networks: put it online only if you may share them."
    )


def _readme(runs: Sequence[OpenRun]) -> str:
    names = ", ".join(one.run.name for one in runs)
    return f"""\
# The shapespace explorer as a static site

Runs: {names}. Written by shapespace {__version__} (`shapespace explore --export-site`).

Any web server can serve this folder, also below a longer address; it needs no settings and asks
nothing of the outside. To look at it on your own machine:

    python -m http.server --bind 127.0.0.1

and open http://127.0.0.1:8000/. Opened as a file it cannot load its parts.

| file | what it is |
|---|---|
| `index.html`, `style.css`, `*.js`, `static/` | the page (MIT, from shapespace) |
| `data/about.json` | the space, the stimuli, the directions |
| `data/N/encoder.onnx`, `decoder.onnx` | the networks of run N |
| `data/N/arrays.bin`, `run.json` | pictures and codes of the stimuli, codes of training images, maps |
| `data/N/pairs.json` | ratings beside distances |
| `{NAME}/` | {NAME} {VERSION} (MIT, Microsoft), which runs the networks |
| `{MARK}` | what this export wrote |

{_carries(runs)}
"""
