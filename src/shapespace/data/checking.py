"""A packed set looked over again: does it still hold what was packed?"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from shapespace.data.hulls import hull_points, ink_points
from shapespace.data.packed import COLUMNS, PackedSet, n_classes
from shapespace.data.packing import BLOCK, checksum, measure

_MEASURED = COLUMNS[COLUMNS.index("ink") :]


@dataclass(frozen=True, kw_only=True)
class Report:
    """What `check_set` found."""

    problems: tuple[str, ...]
    """What is wrong, each a plain sentence; empty for a sound set."""
    n_images: int
    n_classes: int
    n_groups: int
    n_blank: int
    """Images without ink."""
    n_duplicates: int
    """Images whose pixels equal those of an earlier one; they share its group."""


def check_set(
    packed: PackedSet, watch: Callable[[Iterable[int]], Iterable[int]] = lambda starts: starts
) -> Report:
    """Compute again all that was computed when the set was packed, and compare.

    That its table is as it was written is made sure of whenever a set is opened.

    Args:
        packed: The set.
        watch: Passes the blocks on while it shows how many have gone by.
    """
    table, info = packed.table, packed.info
    problems = []
    if repeated := table["id"][table["id"].duplicated()].tolist():
        problems.append(f"{len(repeated)} ids appear twice, such as {repeated[0]!r}.")
    wrong: dict[str, list[str]] = {"pixels": [], "measures in the table": [], "hulls": []}
    ids, checksums = table["id"].tolist(), table["checksum"].tolist()
    measures = table[_MEASURED].to_numpy(float)
    digest = hashlib.sha256()
    n_blank = 0
    for start in watch(range(0, len(packed), BLOCK)):
        rows = np.arange(start, min(start + BLOCK, len(packed)))
        for row, scan in zip(rows.tolist(), packed.gather(rows), strict=True):
            content = scan.tobytes()
            digest.update(content)
            id_ = ids[row]
            if checksum(content) != checksums[row]:
                wrong["pixels"].append(id_)
            points = ink_points(scan)
            if len(points) == 0:
                n_blank += 1
                continue
            if not np.allclose(measure(scan, points), measures[row]):
                wrong["measures in the table"].append(id_)
            if not np.array_equal(hull_points(points), packed.hulls[row]):
                wrong["hulls"].append(id_)
    for what, where in wrong.items():
        if where:
            problems.append(
                f"The {what} of {len(where)} images are not as packed, such as {where[0]!r}."
            )
    if n_blank:
        problems.append(f"{n_blank} images are blank.")
    if not problems and digest.hexdigest() != info.sha256:
        problems.append("The checksum of all pixels is not as packed.")
    return Report(
        problems=tuple(problems),
        n_images=len(packed),
        n_classes=n_classes(packed),
        n_groups=int(table["group"].nunique()),
        n_blank=n_blank,
        n_duplicates=int(table["checksum"].duplicated().sum()),
    )
