"""The card of an exported model, as model hubs lay it out: what it is, how good, how to use it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from shapespace import __version__
from shapespace.data.ratings import published_dissimilarities
from shapespace.report import people, tables, words
from shapespace.report.runs import FinishedRun, damage_said

TAGS = ("autoencoder", "denoising", "sketches", "line-drawings", "similarity-space")
KEPT_TO_THE_RUN = ("Command", "Machine")
"""Facts about the machine that computed a run, which say nothing of the model."""


def write_card(
    run: FinishedRun, *, licence: str, has_weights: bool, parity: Mapping[str, Any] | None
) -> str:
    """Return the text of the card: a head in YAML, then Markdown.

    Args:
        run: An evaluated run.
        licence: The weights' licence, as the hub names it.
        has_weights: Whether the weights lie beside the card as safetensors.
        parity: How far the ONNX files beside it are from the model; None if there are none.

    Raises:
        BadInput: If the results are damaged or of another version.
    """
    with damage_said([run]):
        parts = [
            _head(run, licence),
            f"# {run.name}, a shapespace autoencoder",
            *words.summary(run),
            *([words.STAND_INS] if run.has_stand_ins else []),
            *_warnings(run),
            _use(run, has_weights=has_weights, parity=parity),
            _data(run),
            _reconstruction(run),
            _people(run),
            _making(run),
            _limits(run, licence),
        ]
    return "\n\n".join(parts) + "\n"


def _head(run: FinishedRun, licence: str) -> str:
    """Return the head; strings are quoted as in JSON, which YAML reads."""
    lines = [
        "---",
        f"license: {json.dumps(licence)}",
        "library_name: shapespace",
        "pipeline_tag: image-feature-extraction",
        "tags:",
        *(f"- {tag}" for tag in TAGS),
        "datasets:",
        *(f"- {json.dumps(name)}" for name in run.provenance["data"]),
        "---",
    ]
    return "\n".join(lines)


def _warnings(run: FinishedRun) -> list[str]:
    """Return what a reader must not overlook, beside that the drawings are stand-ins."""
    found = [one for one in words.warnings([run]) if "stand-ins" not in one]
    return [f"**Warning.** {' '.join(found)}"] if found else []


def _use(run: FinishedRun, *, has_weights: bool, parity: Mapping[str, Any] | None) -> str:
    side, units = run.config["model"]["side"], run.config["model"]["code_size"]
    parts = [
        "## Use",
        f"Images are N × 1 × {side} × {side} grey values in [0, 1], 0 is ink and 1 is paper; "
        f"codes are N × {units}.{_coordinates(run)}",
    ]
    if has_weights:
        parts.append(_WITH_SHAPESPACE)
    if parity:
        parts += [
            _WITH_ONNX.replace("SIDE", str(side)),
            "Compared with the model in torch on "
            f"{parity['n_stimuli']} stimuli and {parity['n_random_codes']} random codes, grey "
            f"values are off by at most {parity['greys']:.1g} and units of codes by "
            f"{parity['codes']:.1g}{_of_spread(parity)}.",
        ]
    return "\n\n".join(parts)


_WITH_SHAPESPACE = """\
```python
from pathlib import Path

import torch
from shapespace.data.images import read_image
from shapespace.training.snapshot import load_model

model = load_model(Path("."))  # this folder
scan = read_image(Path("drawing.png"), model.config.side).scan
images = torch.from_numpy(scan / 255).float()[None, None]
codes = model.encode(images)
pictures = model.decode(codes)
```"""

_WITH_ONNX = """\
```python
import numpy as np
import onnxruntime
from PIL import Image

encoder = onnxruntime.InferenceSession("encoder.onnx")
decoder = onnxruntime.InferenceSession("decoder.onnx")
drawing = Image.open("drawing.png").convert("L").resize((SIDE, SIDE))
images = np.asarray(drawing, np.float32)[None, None] / 255
(codes,) = encoder.run(None, {"images": images})
(pictures,) = decoder.run(None, {"codes": codes})
```"""


def _coordinates(run: FinishedRun) -> str:
    tasks = run.config["training"].get("tasks", {})
    if not tasks.get("mapping"):
        return ""
    return f" The first {tasks['dims']} units are coordinates in a similarity space."


def _of_spread(parity: Mapping[str, Any]) -> str:
    share = parity["codes_of_spread"]
    return "" if share is None else f" ({share:.1g} of their standard deviation)"


def _data(run: FinishedRun) -> str:
    columns = {
        "name": "set",
        "per_batch": "images a minibatch",
        "n": "images",
        "train": "stimuli trained on",
        "validation": "chose the snapshot",
        "test": "held out",
        "licence": "licence",
        "sha256": "SHA-256",
    }
    rows = [[row[key] for key in columns] for row in words.data_rows(run)]
    seen = words.seen_drawings(run, published_dissimilarities().items)
    listed = "\n".join(
        f"- {part} ({len(names)}): {', '.join(names)}." for part, names in seen.items()
    )
    parts = [
        "## Training data",
        _markdown_table(list(columns.values()), rows),
        "Generated images are new each time they are shown.",
        "The rated stimuli, and what each was to this model:",
        listed,
    ]
    return "\n\n".join(parts)


def _reconstruction(run: FinishedRun) -> str:
    clean = tables.reconstruction_tables({run.name: run.scores})[0]
    return (
        "## How it draws\n\nHeld-out images, redrawn. Explained is 1 for a perfect copy and 0 for "
        "the mean training image; cross-entropies are in nats a pixel. Brackets are 95 % "
        f"intervals over stimuli.\n\n{_markdown(clean)}"
    )


def _people(run: FinishedRun) -> str:
    human = run.human
    n_near = human["n_stimuli"] - human["n_held_out"]
    said = [
        f"All {human['n_stimuli']} stimuli make {human['n_pairs']:,} pairs.",
        f"{n_near} of them were seen in training or chose the snapshot; those held out make "
        f"{human['n_held_out_pairs']:,} pairs."
        if n_near
        else "",
        words.STAND_INS if run.has_stand_ins else "",
        human["ceiling"].get("note", ""),
        words.distance_note(run),
        f"Intervals are {human['intervals']}." if "intervals" in human else "",
    ]
    parts = [
        "## How its distances agree with people",
        _markdown(people.agreement_table([run])),
        _markdown(people.references_table([run])),
        " ".join(sentence for sentence in said if sentence),
    ]
    return "\n\n".join(parts)


def _making(run: FinishedRun) -> str:
    known = [(term, fact) for term, fact in words.facts(run) if term not in KEPT_TO_THE_RUN]
    return "## How it was made\n\n" + "\n".join(f"- {term}: {fact}." for term, fact in known)


def _limits(run: FinishedRun, licence: str) -> str:
    lines = [
        "It knows line drawings, dark on white paper, of the kinds above. Photographs, filled "
        "shapes and other styles are outside of what it was trained on.",
        "Agreement with people is over these stimuli and these ratings; it says nothing about "
        "other drawings.",
        f"The weights are offered under the licence named {licence!r} above; the licences of the "
        "training data stand in the table.",
    ]
    if run.config["training"].get("tasks", {}).get("classification"):
        lines.append("The head that tells classes apart is not part of this folder.")
    return (
        "## Limits\n\n"
        + "\n".join(f"- {line}" for line in lines)
        + f"\n\nWritten by shapespace {__version__}."
    )


def _markdown(table: tables.Table) -> str:
    """Return a table of a report, with intervals in brackets."""
    rows = [[row.head, *(_bracketed(one) for one in row.cells)] for row in table.rows]
    return f"{table.caption}:\n\n{_markdown_table([table.corner, *table.columns], rows)}"


def _bracketed(one: tables.Cell) -> str:
    return f"{one.value} [{one.interval.replace(' to ', ', ')}]" if one.interval else one.value


def _markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
