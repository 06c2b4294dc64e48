"""`shapespace evaluate`."""

import sys
from pathlib import Path
from typing import Literal

import tyro

from shapespace.cli.show import interval, show_json


def evaluate(
    run: tyro.conf.Positional[Path],
    *,
    data: str = "",
    n_images: int = 256,
    people: Literal["none", "short", "full"] = "full",
    threads: int | None = None,
    json: bool = False,
) -> None:
    """Measure a trained run: reconstruction at four noise levels, agreement with people.

    Example: shapespace evaluate runs/best

    Example: shapespace evaluate runs/best --data quickdraw

    Args:
        run: Directory of a trained run.
        data: Test on this packed set instead of the run's own test fold.
        n_images: Augmented test images of each source.
        people: How far to compare with people: not at all; by distances; or by read-outs, paired
            tests and simulated studies as well, beside an untrained network and pixels.
        threads: Threads of the CPU; torch's choice if not given.
        json: Print the results as JSON.
    """
    from shapespace.studies.runs.evaluating import evaluate_run

    results = evaluate_run(run, data=data, n_images=n_images, people=people, n_threads=threads)
    for warning in results["warnings"]:
        print(warning, file=sys.stderr)
    if json:
        show_json(results)
        return
    print(table_of_results(results))


def table_of_results(results: dict) -> str:
    """Return the main numbers as a plain text table."""
    lines = [
        "reconstruction             bce     explained              stroke F1              n"
    ]
    for level, scores in results["reconstruction"]["by_noise_level"].items():
        for source, values in [("all", scores), *scores["by_source"].items()]:
            lines.append(
                f"  noise {float(level):4.0%}  {source:<12} "
                f"{values['bce']['value']:7.4f}  {interval(values['explained']):<22} "
                f"{interval(values['stroke_f1']):<22} {values['bce']['n']}"
            )
    lines += _tasks(results.get("tasks", {}))
    human = results.get("human")
    if human:
        lines += ["", "agreement with people      kendall tau-b, fixed     optimised"]
        for kind in ("euclidean", "manhattan", "cosine", "inner_product"):
            fixed = interval(human[kind]["fixed"]["kendall_tau_b"])
            fitted = interval(human[kind]["optimised"]["kendall_tau_b"])
            lines.append(f"  {kind:<24} {fixed:<24} {fitted}")
        for name, baseline in human["baselines"].items():
            fixed = interval(baseline["euclidean"]["fixed"]["kendall_tau_b"])
            fitted = interval(baseline["euclidean"]["optimised"]["kendall_tau_b"])
            lines.append(f"  {name + ' (euclidean)':<24} {fixed:<24} {fitted}")
        lines.append(
            f"  over {human['n_pairs']} pairs of {human['n_stimuli']} stimuli, "
            f"{human['n_stimuli'] - human['n_held_out']} of them seen in training or validation"
        )
        held_out = human["held_out"].get("euclidean")
        if held_out:
            lines.append(
                f"  held-out stimuli alone   {interval(held_out['fixed']['kendall_tau_b'])} "
                f"over {human['n_held_out_pairs']} pairs (euclidean, fixed)"
            )
        ceiling = human.get("ceiling", {})
        if ceiling.get("attainable"):
            both = [ceiling["single"][bound]["kendall_tau_b"] for bound in ("lower", "upper")]
            best = ceiling["attainable"]["kendall_tau_b"]
            lines.append(
                f"  ceiling                  {best:.3f} for a perfect model; "
                f"one rater with the others {both[0]:.3f}, with all {both[1]:.3f}"
            )
            lines.append(f"  {ceiling['note']}")
        lines.append(f"  Intervals are {human.get('intervals', 'over stimuli')}.")
        lines += [f"  {note}" for note in human["notes"]]
        lines += _compared(human.get("compared"), results["run"])
    return "\n".join(lines)


def _compared(found: dict | None, name: str) -> list[str]:
    """Return the read-outs of a run beside baselines, its leads over them, and the recovery."""
    if not found:
        return []
    from shapespace.report.beside import beside_tables, recovery_sentence
    from shapespace.report.study.tables import as_text

    tables = [as_text(table) for table in beside_tables(found, name)]
    return ["", *tables, recovery_sentence(found)]


def _tasks(tasks: dict) -> list[str]:
    """Return the lines of the tasks beside reconstruction, for every noise level."""
    lines = []
    for level, sets in tasks.get("classification", {}).items():
        lines += [
            f"  noise {float(level):4.0%}  {name:<12} accuracy {interval(one['accuracy'])}, "
            f"{one['n_labels']} classes, chance {1 / one['n_labels']:.3f}"
            for name, one in sets.items()
        ]
    for level, one in tasks.get("mapping", {}).items():
        lines.append(
            f"  noise {float(level):4.0%}  mapping      squared error {interval(one['mse'])}, "
            f"R2 {interval(one['r2'])}, {one['mse']['n']} held-out stimuli"
        )
    return ["", "other tasks", *lines] if lines else []
