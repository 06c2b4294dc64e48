"""`shapespace report`."""

import sys
from pathlib import Path

import tyro

from shapespace.cli.show import show_json


def report(
    runs: tyro.conf.Positional[tuple[Path, ...]], *, out: Path, json: bool = False
) -> None:
    """Write one page about one or more evaluated runs, side by side.

    The page holds all that it shows: it opens from disk, prints, and asks no network.

    Example: shapespace report runs/default runs/best --out report.html

    Args:
        runs: Directories of runs that `shapespace evaluate` has measured.
        out: HTML file to write.
        json: Print JSON instead of text.
    """
    from shapespace.report.html import write_report

    page = write_report(runs, out)
    for warning in page.warnings:
        print(warning, file=sys.stderr)
    if json:
        show_json(
            {
                "report": str(page.path),
                "n_bytes": page.n_bytes,
                "runs": page.runs,
                "warnings": page.warnings,
            }
        )
        return
    print(f"{page.path}: {len(page.runs)} run(s), {page.n_bytes / 1e6:.1f} MB in one file")
