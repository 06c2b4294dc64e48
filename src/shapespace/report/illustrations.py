"""The figures of the page: drawn from results as SVG, or taken from the run's folder."""

import base64
import json
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from shapespace.data.ratings import published_dissimilarities
from shapespace.evaluation.pairs.distances import distances
from shapespace.report.agreement import (
    draw_agreement,
    draw_distances,
    read_references,
    read_scores,
)
from shapespace.report.beside import RUN, in_words
from shapespace.report.comparing_figures import draw_scores
from shapespace.report.curves import Curve, draw_curves, level_of_mixture
from shapespace.report.runs import FinishedRun, best_epoch
from shapespace.report.save import rendered

PICTURES = ("reconstructions", "noise", "network")
"""Figures of a run's folder that the page shows, in this order."""

_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_TYPES = {"png": "image/png", "svg": "image/svg+xml"}
_STAND_INS = "codes of stand-in drawings"


@dataclass(frozen=True, kw_only=True)
class Illustration:
    """A figure ready for the page."""

    alt: str
    caption: str
    svg: str = ""
    """Markup to put into the page as it is; made by us, never read from a file."""
    source: str = ""
    """A data address, where the picture is a file."""


def curves(runs: Sequence[FinishedRun]) -> Illustration | None:
    """Draw how the loss of all runs that draw fell; None if none has finished an epoch."""
    drawn = [
        Curve(
            name=run.name,
            history=run.history,
            mean_image_bce=level_of_mixture(
                run.scores, run.provenance["data"], "bce_mean_image"
            ),
            floor_bce=level_of_mixture(run.scores, run.provenance["data"], "bce_floor"),
            best_epoch=best_epoch(run),
        )
        for run in runs
        if run.history["validation_bce"].notna().any()
    ]
    if not drawn:
        return None
    return Illustration(
        svg=inline_svg(draw_curves(drawn), "curves"),
        alt="Training and validation loss over the images seen, between mean image and floor. "
        "The numbers are in the tables of reconstruction.",
        caption="Loss over the images seen. The reference lines are those of the test images "
        "without noise, in the shares of the minibatches; validation images are others, so a "
        "curve may lie a little off them.",
    )


def agreement(run: FinishedRun, prefix: str) -> Illustration | None:
    """Draw every correlation of a run with people, beside baselines and ceiling.

    None if no correlation is defined, as with codes that are all the same.
    """
    scores = read_scores(run.human)
    if not scores:
        return None
    note = _STAND_INS if run.has_stand_ins else ""
    figure = draw_agreement(
        scores, read_references(run.human), measure="Kendall tau-b", note=note
    )
    return Illustration(
        svg=inline_svg(figure, f"{prefix}-agreement"),
        alt=f"Kendall's tau-b of {run.name} for four distances with fixed and optimised "
        "weights, beside baselines and ceiling. The numbers are in the tables above.",
        caption=f"{run.name}: agreement with people by distance and weights; bars are 95 % "
        "intervals over stimuli.",
    )


def read_outs(run: FinishedRun, prefix: str) -> Illustration | None:
    """Draw the read-outs of a run beside baselines; None if it was not compared with them."""
    if "compared" not in run.human:
        return None
    return Illustration(
        svg=inline_svg(draw_scores(in_words(run.human["compared"])), f"{prefix}-read-outs"),
        alt=f"Kendall's tau-b of {run.name}, of an untrained network and of pixels with four "
        "read-outs, on the pairs they were fitted to and on held-out stimuli, beside the ceiling. "
        "The numbers are in the table above.",
        caption=f"{run.name}: read-outs beside baselines. “Held out” is of the fit: the network "
        f"had seen {_seen(run)} stimuli.",
    )


def _seen(run: FinishedRun) -> str:
    found = run.human["compared"]
    n = found["n_stimuli"]
    return f"{n - found['models'][RUN]['n_unseen']} of the {n}"


def scatter(run: FinishedRun, prefix: str) -> Illustration | None:
    """Draw the Euclidean distance of every pair against what people said of it.

    None if the codes do not hold all rated stimuli, or have no order to agree on.
    """
    ratings = published_dissimilarities()
    ids, codes = run.codes
    tau_b = run.human["euclidean"]["fixed"]["kendall_tau_b"]["value"]
    if tau_b is None or not set(ratings.items) <= set(ids):
        return None
    rows = [ids.index(item) for item in ratings.items]
    figure = draw_distances(
        distances(codes[rows].astype(float), "euclidean"),
        ratings.flat,
        distance="Euclidean",
        tau_b=tau_b,
        n=len(rows),
        note=_STAND_INS if run.has_stand_ins else "",
    )
    return Illustration(
        svg=inline_svg(figure, f"{prefix}-pairs"),
        alt=f"Scatter of code distance and human dissimilarity for {len(ratings.flat):,} pairs "
        f"of stimuli, {run.name}.",
        caption=f"{run.name}: every pair of stimuli, all units weighted alike.",
    )


def pictures(folder: Path, of: str) -> list[Illustration]:
    """Return the pictures that `shapespace draw` or the demo left in a folder of figures."""
    found = []
    for name in PICTURES:
        for kind, media_type in _TYPES.items():
            file = folder / f"{name}.{kind}"
            if file.is_file():
                content = base64.b64encode(file.read_bytes()).decode()
                caption = _caption(folder, name, of)
                found.append(
                    Illustration(
                        source=f"data:{media_type};base64,{content}",
                        alt=caption,
                        caption=caption,
                    )
                )
                break
    return found


def inline_svg(figure: Figure, prefix: str) -> str:
    """Return a figure as markup for a page that holds others; see `prefixed_svg`."""
    return prefixed_svg(rendered(figure, "svg"), prefix)


def prefixed_svg(svg: bytes, prefix: str) -> str:
    """Return an SVG file as markup for a page that holds others.

    Its ids get a prefix, since ids of a page must differ; style and metadata go, which would
    otherwise speak for the whole page.
    """
    for short, address in (("", _SVG), ("xlink", _XLINK)):
        ET.register_namespace(short, address)
    root = ET.fromstring(svg)
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{{{_SVG}}}style", f"{{{_SVG}}}metadata"):
                parent.remove(child)
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "id":
                element.set(name, f"{prefix}-{value}")
            elif name.endswith("href") and value.startswith("#"):
                element.set(name, f"#{prefix}-{value[1:]}")
            elif "url(#" in value:
                element.set(name, value.replace("url(#", f"url(#{prefix}-"))
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    return ET.tostring(root, encoding="unicode")


def _caption(folder: Path, name: str, of: str) -> str:
    """Return the words that were written with a picture, or plain ones if there are none."""
    described = folder / f"{name}.json"
    try:
        return str(json.loads(described.read_text(encoding="utf-8"))["caption"])
    except (OSError, ValueError, KeyError, TypeError):
        return f"{name.capitalize()} of {of}."
