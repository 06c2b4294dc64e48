"""The demo: every stage once, on built-in images, into one directory with one page."""

from pathlib import Path
from typing import Any

from shapespace.report.html import write_report
from shapespace.report.pictures import draw_noise, draw_reconstructions
from shapespace.studies.runs.evaluating import evaluate_run
from shapespace.studies.runs.recipes import quick
from shapespace.studies.runs.run_directory import RunDirectory
from shapespace.studies.runs.running import train_run


def run_demo(out: Path, *, n_threads: int | None = None) -> dict[str, Any]:
    """Train the quick recipe, evaluate it, draw and report; what is there is not done again.

    Returns:
        The results of the run.
    """
    run = RunDirectory(out)
    # Results of a run that was not trained to its end are those of an earlier snapshot.
    done = run.is_finished and run.results_file().is_file()
    train_run(quick(), out, n_threads=n_threads)
    results = run.results() if done else evaluate_run(out, people="short", n_threads=n_threads)
    draw_reconstructions([out], out=run.figures / "reconstructions")
    draw_noise([out], out=run.figures / "noise")
    write_report([out], out / "report.html")
    return results
