"""Figures on disk, the same bytes every time."""

import io
from pathlib import Path

from matplotlib.figure import Figure

from shapespace.data.writing import write_bytes
from shapespace.report.figures import look

_NAMELESS = {
    "svg": {"Date": None, "Creator": None},
    "png": {"Software": None},
}
"""Neither time nor version is written, so that an unchanged figure is an unchanged file."""


def save(figure: Figure, stem: Path) -> tuple[Path, Path]:
    """Write a figure as SVG, for paper, and as PNG, for looking.

    Args:
        figure: What to write.
        stem: Path without an ending: `figures/curves` gives `figures/curves.svg` and `.png`.

    Returns:
        The two files.

    Raises:
        ShapespaceError: If the disk is full or the place cannot be written.
    """
    svg, png = (stem.with_name(f"{stem.name}.{kind}") for kind in _NAMELESS)
    for path in (svg, png):
        write_bytes(path, rendered(figure, path.suffix[1:]))
    return svg, png


def rendered(figure: Figure, kind: str) -> bytes:
    """Return the content of a figure file, `kind` being "svg" or "png"."""
    stream = io.BytesIO()
    with look():
        figure.savefig(stream, format=kind, metadata=_NAMELESS[kind])
    return stream.getvalue()
