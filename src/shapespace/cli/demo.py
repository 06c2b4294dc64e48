"""`shapespace demo`."""

import os
import sys
from pathlib import Path

from shapespace.cli.show import interval, show_json


def demo(*, out: Path = Path("demo"), threads: int | None = None, json: bool = False) -> None:
    """Train, measure, draw and report a small autoencoder on built-in images, in minutes.

    Needs no network and no data of yours. Started again, it goes on where it was stopped.

    Example: shapespace demo --out demo

    Args:
        out: Run directory of the demo; its report is report.html there.
        threads: Threads of the CPU; torch's choice if not given.
        json: Print the main numbers as JSON.
    """
    # The demo keeps its packed sets to itself, so that it leaves nothing behind elsewhere.
    os.environ["SHAPESPACE_DATA"] = str(out.absolute() / "data")
    from shapespace.report.demo import run_demo

    results = run_demo(out, n_threads=threads)
    page = out / "report.html"
    if json:
        show_json({"report": str(page), "results": results})
        return
    for warning in results["warnings"]:
        print(warning, file=sys.stderr)
    scores, human = results["reconstruction"], results["human"]
    agreement = human["euclidean"]["fixed"]["kendall_tau_b"]
    for source, values in scores["by_source"].items():
        print(f"held-out {source}: explained {interval(values['explained'], digits=2)}")
    print(
        f"agreement with people: kendall tau-b {interval(agreement, digits=2)} over "
        f"{human['n_pairs']} pairs (stand-in drawings, most of them seen in training)"
    )
    print(f"report: {page}")
