"""Sets of stimuli on disk: pictures, a manifest, a contact sheet, and pairs to rate next."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from shapespace.data.writing import new_directory, write_bytes, write_text
from shapespace.errors import Collision
from shapespace.report.panels import Panel, draw_panels
from shapespace.report.paths import MARKS, Strip, off_marks, seen_by
from shapespace.report.save import save
from shapespace.report.walks import space_note
from shapespace.studies.loaded import LoadedRun
from shapespace.studies.runs.evaluating import without_nan
from shapespace.studies.walking.judging import described_space
from shapespace.studies.walking.stimuli import (
    StimulusSet,
    evenness,
    make_stimuli,
    manifest,
    uncertain_pairs,
)
from shapespace.walks.levels import Even


def write_stimuli(
    path: Path,
    feature: str,
    starts: Sequence[str],
    *,
    out: Path,
    n_levels: int = 5,
    reach: float = 1.0,
    even: Even = "read-back",
    vary_freely: Sequence[str] = (),
    n_pairs: int = 0,
    space: str | Path = "published",
    dims: int = 4,
    stimuli: str = "drawings",
) -> Strip:
    """Write pictures that vary one feature evenly, with all that is known of them.

    Args:
        path: The run directory.
        feature: The one that varies.
        starts: Stimuli or files; the held-out drawings if none are given.
        out: Directory to write: a PNG for each picture, `manifest.csv`, `stimuli.json`, a
            contact sheet, and `pairs.csv` if pairs are asked for.
        n_levels: See `make_stimuli`.
        reach: See `make_stimuli`.
        even: See `make_stimuli`.
        vary_freely: See `make_stimuli`.
        n_pairs: Pairs of items to suggest for rating.
        space: See `shapespace.load`.
        dims: See `shapespace.load`.
        stimuli: See `shapespace.load`.

    Raises:
        BadInput: If the run or a start cannot be used, or every start leads off the data.
        Collision: If `out` holds something else.
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    if out.exists() and any(out.iterdir()) and not (out / "manifest.csv").is_file():
        raise Collision(f"{out} is there already and holds no stimuli; choose another place.")
    pairs = uncertain_pairs(str(space), dims, n_pairs) if n_pairs else None
    run = LoadedRun(path, space=space, dims=dims, stimuli=stimuli)
    made, refused = make_stimuli(
        run, feature, list(starts) or run.held_out,
        n_levels=n_levels, reach=reach, even=even, vary_freely=vary_freely,
    )  # fmt: skip
    caption = _caption(run, made, refused, even)
    numbers: dict[str, Any] = {
        "caption": caption,
        "space": described_space(run),
        "feature": feature,
        "even": even,
        "reach_sd": reach,
        "n_levels": n_levels,
        "largest_gap": {one.start: evenness(run, one) for one in made},
        "refused": refused,
    }
    with new_directory(out) as scratch:
        for one in made:
            for name, picture in zip(one.ids, one.levels.pictures, strict=True):
                write_bytes(scratch / f"{name}.png", png(picture))
        table = manifest(run, made)
        write_text(scratch / "manifest.csv", table.to_csv(index=False, float_format="%.6g"))
        if pairs is not None:
            write_text(scratch / "pairs.csv", pairs.to_csv(index=False, float_format="%.6g"))
            numbers["pairs"] = pairs.to_dict("records")
        numbers = without_nan(numbers)
        text = json.dumps(numbers, indent=2, ensure_ascii=False, allow_nan=False)
        write_text(scratch / "stimuli.json", text + "\n")
        save(_contact_sheet(run, made, caption), scratch / "contact-sheet")
    files = tuple(sorted(out.iterdir()))
    return Strip(files=files, caption=caption, numbers=numbers)


def png(picture: np.ndarray) -> bytes:
    """Return a picture as the content of a PNG file, at its own size."""
    stream = io.BytesIO()
    scan = (picture.clip(0, 1) * 255).round().astype(np.uint8)
    Image.fromarray(scan).save(stream, format="png")
    return stream.getvalue()


def _contact_sheet(run: LoadedRun, made: Sequence[StimulusSet], caption: str):
    n_levels = len(made[0].levels.amounts)
    panel = Panel(
        images=[[run.images(one.start)[0], *one.levels.pictures] for one in made],
        row_titles=[Path(one.start).stem for one in made],
        column_titles=["drawing", *(f"level {n + 1}" for n in range(n_levels))],
        heading=f"{made[0].feature} varies, the other features are held",
        marks=[["", *off_marks(one.levels.off_data)] for one in made],
    )
    return draw_panels([panel], note=caption)


def _caption(
    run: LoadedRun, made: Sequence[StimulusSet], refused: Sequence[str], even: Even
) -> str:
    spaced = "as the model reads the pictures" if even == "read-back" else "as asked"
    gaps = [evenness(run, one) for one in made]
    known = [gap for gap in gaps if np.isfinite(gap)]
    gap = (
        f"The largest gap read back is {np.mean(known):.2f} times the mean one (mean over sets)."
        if known
        else "Read back, the pictures do not move along the feature."
    )
    left_out = f" Left out: {' '.join(refused)}" if refused else ""
    starts = [one.start for one in made]
    return (
        f"{made[0].feature} in {len(made[0].levels.amounts)} levels, evenly spaced {spaced}, in "
        f"{run.space.name}. {gap} {MARKS} {space_note(run)} "
        f"{seen_by({run.name: run}, starts)}{left_out}"
    )
