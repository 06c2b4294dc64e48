"""A run as one folder for others: ONNX files, weights as safetensors, a card."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from shapespace.data.writing import new_directory, write_text
from shapespace.errors import BadInput, Collision
from shapespace.report.card import write_card
from shapespace.report.runs import read_runs
from shapespace.studies.exporting.onnx_files import export_onnx, metadata
from shapespace.studies.loaded import LoadedRun
from shapespace.studies.runs import provenance
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.training.snapshot import load_model, save_halves

MANIFEST = "export.json"


@dataclass(frozen=True, kw_only=True)
class Export:
    """A folder that was written."""

    path: Path
    manifest: dict[str, Any]
    """What stands in `export.json`: the run, the files with their checksums, and how far the ONNX
    files are from the model."""


def export_run(
    path: Path,
    out: Path,
    *,
    onnx: bool = True,
    safetensors: bool = True,
    card: bool = True,
    licence: str = "mit",
) -> Export:
    """Write a run's files for others into a new folder, or none if anything goes wrong.

    Args:
        path: The run directory.
        out: The folder; an earlier export there is replaced.
        onnx: Whether to write `encoder.onnx` and `decoder.onnx`.
        safetensors: Whether to write `encoder.safetensors`, `decoder.safetensors` and `config.json`.
        card: Whether to write `README.md`, which needs the results of `shapespace evaluate`.
        licence: Licence of the weights in the card, as model hubs name it.

    Raises:
        BadInput: If the run has no model, no results (for the card), or packages are missing.
        Collision: If `out` holds something else.
        ShapespaceError: If the ONNX files give other numbers than the model, or the place cannot
            be written.
    """
    if not (onnx or safetensors or card):
        raise BadInput("Nothing to export: ask for ONNX files, safetensors or a card.")
    if out.exists() and not out.is_dir():
        raise Collision(f"{out} is a file; choose another place.")
    if out.is_dir() and any(out.iterdir()) and not (out / MANIFEST).is_file():
        raise Collision(f"{out} is there already and holds no export; choose another place.")
    evaluated = read_runs([path])[0] if card else None
    run = LoadedRun(path)
    with new_directory(out) as scratch:
        parity = asdict(export_onnx(run, scratch).parity) if onnx else None
        if safetensors:
            model = load_model(RunDirectory(path).model)
            told = {key: str(value) for key, value in metadata(run).items()}
            save_halves(model, scratch, told)
        if evaluated is not None:
            text = write_card(
                evaluated, licence=licence, has_weights=safetensors, parity=parity
            )
            write_text(scratch / "README.md", text)
        manifest = {
            **metadata(run),
            "exported": provenance.now(),
            "versions": provenance.versions(),
            "files": {one.name: _described(one) for one in sorted(scratch.iterdir())},
            "parity": parity,
        }
        write_text(
            scratch / MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        )
    return Export(path=out, manifest=manifest)


def _described(file: Path) -> dict[str, Any]:
    content = file.read_bytes()
    return {"n_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
