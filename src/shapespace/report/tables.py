"""Results as tables: runs side by side, each number with its interval."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MEASURE_NAMES = {
    "explained": "explained",
    "bce": "cross-entropy",
    "bce_mean_image": "… of the mean image",
    "bce_noisy_input": "… of the noisy input",
    "bce_floor": "… lowest possible",
    "ink_bce": "ink-weighted cross-entropy",
    "stroke_f1": "stroke F1",
    "stroke_precision": "stroke precision",
    "stroke_recall": "stroke recall",
    "ssim": "SSIM",
}
"""Reconstruction measures in the order and the words of the tables."""

_NATS = ("bce", "bce_mean_image", "bce_noisy_input", "bce_floor", "ink_bce")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One number as it is printed."""

    value: str
    interval: str = ""
    """Its 95 % interval, such as "0.49 to 0.64"; empty where there is none."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of a table."""

    head: str
    cells: Sequence[Cell]
    code: str = ""
    """The name of the measure in `results.json`, where the head is not that name."""
    starts_group: bool = False


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table with one group of columns for each run."""

    caption: str
    corner: str
    """What the heads of the rows are."""
    groups: Sequence[tuple[str, int]]
    """Name and number of columns of each run; empty where only one run is shown."""
    columns: Sequence[str]
    rows: Sequence[Row]


EMPTY = Cell(value="–")


def cell(estimate: Mapping[str, Any] | None, *, digits: int = 3) -> Cell:
    """Return a number with its interval; "–" where it was not measured or is not defined."""
    value = _defined(estimate, "value")
    if value is None:
        return EMPTY
    low, high = _defined(estimate, "low"), _defined(estimate, "high")
    if low is None or high is None:
        return Cell(value=signed(value, digits))
    return Cell(
        value=signed(value, digits), interval=f"{signed(low, digits)} to {signed(high, digits)}"
    )


def signed(value: float, digits: int = 3) -> str:
    """Return a number with a true minus sign; "0.000" has none."""
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else f"{0:.{digits}f}"


def percent(share: float) -> str:
    """Return "10 %" for 0.1."""
    return f"{100 * share:g} %"


def in_words(estimate: Mapping[str, Any], *, digits: int = 2) -> str:
    """Return "0.57 [0.49, 0.64]"."""
    printed = cell(estimate, digits=digits)
    if not printed.interval:
        return printed.value
    return f"{printed.value} [{printed.interval.replace(' to ', ', ')}]"


def reconstruction_tables(
    results: Mapping[str, Mapping[str, Any]], *, shown: str = ""
) -> list[Table]:
    """Return a table for each level of noise: measures down, sources across, run by run.

    Args:
        results: `reconstruction` of the results of each run, by name of the run.
        shown: What the images are, for the captions.
    """
    levels = {
        float(level): level for one in results.values() for level in one["by_noise_level"]
    }
    return [
        _reconstruction_table(
            {
                name: one["by_noise_level"][levels[level]]
                for name, one in results.items()
                if levels[level] in one["by_noise_level"]
            },
            f"Noise on {percent(level)} of the pixels{shown}" if level else f"No noise{shown}",
        )
        for level in sorted(levels)
    ]


def _reconstruction_table(by_run: Mapping[str, Mapping[str, Any]], caption: str) -> Table:
    sources = {name: _sources(scores) for name, scores in by_run.items()}
    columns = [one for values in sources.values() for one in values.items()]

    def row(key: str, head: str) -> Row:
        digits = 4 if key in _NATS else 3
        cells = [cell(scores[key], digits=digits) for _, scores in columns]
        return Row(head=head, cells=cells, code=key)

    counts = [Cell(value=f"{scores['bce']['n']:,}") for _, scores in columns]
    images = [Cell(value=f"{scores['bce']['n_images']:,}") for _, scores in columns]
    return Table(
        caption=caption,
        corner="measure",
        groups=groups_of({name: len(values) for name, values in sources.items()}),
        columns=[source for source, _ in columns],
        rows=[
            *(row(key, head) for key, head in MEASURE_NAMES.items()),
            Row(head="stimuli (n)", cells=counts, starts_group=True),
            Row(head="images", cells=images),
        ],
    )


def _sources(scores: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the scores of all sources together and of each; just once where there is one."""
    if len(scores["by_source"]) == 1:
        return dict(scores["by_source"])
    return {"all sources": scores, **scores["by_source"]}


def groups_of(sizes: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the groups of columns: none for one run, which needs no name above it."""
    return list(sizes.items()) if len(sizes) > 1 else []


def _defined(estimate: Mapping[str, Any] | None, key: str) -> float | None:
    value = None if estimate is None else estimate.get(key)
    return None if value is None or math.isnan(value) else float(value)
