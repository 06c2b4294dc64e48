"""`shapespace report`."""

import sys
from pathlib import Path

import tyro

from shapespace.cli.show import show_json
from shapespace.errors import BadInput


def report(
    runs: tyro.conf.Positional[tuple[Path, ...]],
    *,
    out: Path,
    pictures: bool = True,
    json: bool = False,
) -> None:
    """Write one page about one or more evaluated runs, side by side, or about one study.

    The page holds all that it shows: it opens from disk, prints, and asks no network. Figures of
    a study are also written to its folder `figures`, as SVG and PNG.

    Example: shapespace report runs/default runs/best --out report.html

    Example: shapespace report studies/part8 --out part8.html

    Args:
        runs: Directories of runs that `shapespace evaluate` has measured, or of one study.
        out: HTML file to write.
        pictures: Whether the default and the best setting of a study draw a parrot.
        json: Print JSON instead of text.
    """
    for path in runs:
        if not path.is_dir():
            raise BadInput(f"There is no run in {path}: it is no directory.")
    from shapespace.report.html import write_report
    from shapespace.report.study.page import is_study, write_study_report

    studies = [path for path in runs if is_study(path)]
    if studies and len(runs) > 1:
        raise BadInput(f"{studies[0]} is a study, which has a page of its own; name it alone.")
    if studies:
        page = write_study_report(studies[0], out, with_pictures=pictures)
    else:
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
