"""The bars: what was to be reached, and what the measurements say."""

from dataclasses import dataclass, replace
from typing import Any

from benchmarks.inputs import ANEW, READ

Entries = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One thing to reach, and whether it is."""

    what: str
    value: float
    unit: str
    """"times" for ratios, as fast as the other way; "%", "s", "ms", "GB"."""
    bar: float
    at_least: bool
    """Whether the value must not be below the bar; else not above it."""
    reach: float | None = None

    met: bool = False
    reached: bool = False


def bars(entries: Entries) -> list[Bar]:
    """Return every bar that the entries measured so far can tell of."""
    found = [
        *_training(entries),
        *_threads(entries),
        *_inputs(entries),
        *_evaluation(entries),
        *_single_images(entries),
        *_startup(entries),
    ]
    return found


def _bar(
    what: str,
    value: float,
    unit: str,
    bar: float,
    reach: float | None = None,
    *,
    at_least: bool,
) -> Bar:
    def passes(limit: float | None) -> bool:
        return limit is not None and (value >= limit if at_least else value <= limit)

    return Bar(
        what=what,
        value=value,
        unit=unit,
        bar=bar,
        reach=reach,
        at_least=at_least,
        met=passes(bar),
        reached=passes(reach),
    )


def _ratios(entries: Entries, name: str) -> list[dict[str, Any]]:
    return entries.get(name, {}).get("ratios", [])


def _rows(entries: Entries, name: str) -> list[dict[str, Any]]:
    return [row for row in entries.get(name, {}).get("rows", []) if row["value"]]


def _training(entries: Entries) -> list[Bar]:
    limits = {"PyTorch, plain": (1.3, 2.0), "Keras 3, TensorFlow": (1.1, 1.7)}
    return [
        _bar(
            f"training step vs {ratio['theirs']}, {ratio['case']}",
            ratio["value"]["median"],
            "times",
            *limits[ratio["theirs"]],
            at_least=True,
        )
        for ratio in _ratios(entries, "training")
    ]


def _threads(entries: Entries) -> list[Bar]:
    return [
        _bar(
            f"{ratio['ours']} vs {ratio['theirs']}, {ratio['case']}",
            ratio["value"]["median"],
            "times",
            1.8,
            1.9,
            at_least=True,
        )
        for ratio in _ratios(entries, "threads")
    ]


def _inputs(entries: Entries) -> list[Bar]:
    paces = {r["candidate"]: r["value"]["median"] for r in _rows(entries, "inputs")}
    files = paces.get("PNG by Pillow, DataLoader, 1 worker(s)")
    found = [
        _bar(f"{words} vs PNG by Pillow in one worker", paces[name] / files, "times", 3, 8,
             at_least=True)
        for words, name in (("packed, read only,", READ), ("packed, augmented, noisy,", ANEW))
        if files and name in paces
    ]  # fmt: skip
    made = [paces[ANEW]] if ANEW in paces else []
    used = [
        row["value"]["median"]
        for row in _rows(entries, "training")
        if row["candidate"] == "ours" and row["case"] == "batch 32, 1 thread"
    ]
    if made and used:
        share = 100 * used[0] / made[0]
        found.append(
            _bar("input side as share of a CPU step", share, "%", 5, 2, at_least=False)
        )
    return found


def _evaluation(entries: Entries) -> list[Bar]:
    found = [
        _bar(
            "distances and correlations vs scipy, n = 10,000",
            ratio["value"]["median"],
            "times",
            5,
            at_least=True,
        )
        for ratio in _ratios(entries, "evaluation")
        if ratio["theirs"] == "scipy" and ratio["case"] == "n = 10,000"
    ]
    found += [
        _bar("their memory, n = 10,000", row["peak_mb"] / 1e3, "GB", 2, at_least=False)
        for row in _rows(entries, "evaluation")
        if row["candidate"] == "ours, 2 threads" and row["case"] == "n = 10,000"
    ]
    found += [
        _bar(
            f"{ratio['case']} vs scikit-learn",
            ratio["value"]["median"],
            "times",
            5,
            30,
            at_least=True,
        )
        for ratio in _ratios(entries, "scaling")
        if ratio["case"].startswith("nonmetric") and ratio["theirs"] == "scikit-learn"
    ]
    return found


def _single_images(entries: Entries) -> list[Bar]:
    limits = {"encode, p50": (10.0, 2.9), "decode, p50": (3.0, 1.7)}
    return [
        _bar(
            f"{row['case']}, {row['candidate']}",
            row["value"]["median"],
            "ms",
            *limits[row["case"]],
            at_least=False,
        )
        for row in _rows(entries, "latency")
        if row["case"] in limits
    ]


def _startup(entries: Entries) -> list[Bar]:
    found = []
    for row in _rows(entries, "startup"):
        if "imports_torch" in row["facts"]:
            what = f"start of `{row['case']}`, {row['note']}"
            bar = _bar(what, row["value"]["median"], "s", 0.4, at_least=False)
            found.append(replace(bar, met=False) if row["facts"]["imports_torch"] else bar)
    return found
