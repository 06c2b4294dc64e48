"""Trying failed runs again; what they failed of is kept."""

from pathlib import Path

from shapespace.errors import ShapespaceError


def set_failed_aside(study: Path) -> int:
    """Put the records of failed runs into `failed/earlier`, so that the runs are open again.

    Each goes on from its last checkpoint, if it has one.

    Returns:
        How many there were.
    """
    n = 0
    for record in sorted((study / "failed").glob("*.json")):
        earlier = record.parent / "earlier"
        try:
            earlier.mkdir(exist_ok=True)
            n_before = len(list(earlier.glob(f"{record.stem}-*.json")))
            record.rename(earlier / f"{record.stem}-{n_before + 1}.json")
        except OSError as error:
            raise ShapespaceError(f"Cannot set {record} aside: {error.strerror}.") from error
        n += 1
    return n
