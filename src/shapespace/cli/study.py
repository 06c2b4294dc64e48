"""`shapespace study`: many runs as one object."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import tyro

from shapespace.cli.show import show_json

if TYPE_CHECKING:
    from shapespace.studies.sweeps.planning import Plan
    from shapespace.studies.sweeps.standing import Standing

Engine = Literal["local", "slurm", "ray"]


def run(
    study: tyro.conf.Positional[str],
    *,
    out: Path | None = None,
    on: Engine = "local",
    workers: int | None = None,
    gpus: float = 0.0,
    slurm: Annotated[
        tuple[str, ...], tyro.conf.arg(metavar="KEY=VALUE"), tyro.conf.UseAppendAction
    ] = (),
    dry_run: bool = False,
    estimate: bool = True,
    retry: bool = False,
    any_version: bool = False,
    tensorboard: bool = False,
    json: bool = False,
) -> None:
    """Run a whole study, or go on with one; the runs that are finished are not repeated.

    Started twice on one directory, the two share the work.

    Example: shapespace study run part8-bench --out studies/bench

    Example: shapespace study run my-study.toml --out studies/mine --dry-run

    Args:
        study: A study of ours (part8, part8-bench), a study.toml, or the directory of a study
            that was begun.
        out: Directory of a new study; not needed to go on with one.
        on: Where the workers run: on this machine, as Slurm jobs, or on a Ray cluster.
        workers: How many; by default as many as cores and memory allow.
        gpus: Share of a GPU for each worker on Slurm or Ray, such as 0.25.
        slurm: An option of Slurm for the jobs, such as partition=long; may be repeated.
        dry_run: Only list the runs and say how long they will take.
        estimate: Whether a dry run measures a few steps for that, which takes a minute or so.
        retry: Try the runs that failed again.
        any_version: Go on although the code has changed since the study began.
        tensorboard: Also write histories as TensorBoard events.
        json: Print JSON instead of text.
    """
    from shapespace.errors import BadInput
    from shapespace.studies.sweeps.cells import study_file
    from shapespace.studies.sweeps.declaration import declaration_text, parse_declaration
    from shapespace.studies.sweeps.planning import check_study, make_plan, write_plan

    begun = Path(study) if study_file(Path(study)).is_file() else None
    if begun and out:
        raise BadInput(f"{study} is a study that was begun; leave --out away to go on with it.")
    source, name = declaration_text(str(begun / "study.toml") if begun else study)
    directory = begun or out
    if dry_run or not begun:
        plan = make_plan(parse_declaration(source, name))
        for note in plan.notes:
            print(note, file=sys.stderr)
        if dry_run:
            _show_plan(plan, workers, estimate=estimate, as_json=json)
            return
    if directory is None:
        raise BadInput("Say where the study shall lie, as in --out studies/bench.")
    if begun:
        check_study(directory, any_version=any_version)
    else:
        write_plan(plan, directory, source, any_version=any_version)
    _carry_out(directory, on, workers, gpus, slurm, retry=retry, tensorboard=tensorboard)
    show(directory, json=json)


def _carry_out(
    study: Path,
    on: Engine,
    workers: int | None,
    gpus: float,
    slurm: tuple[str, ...],
    *,
    retry: bool,
    tensorboard: bool,
) -> None:
    """Run what is open where it was asked for."""
    if retry:
        from shapespace.studies.sweeps.retrying import set_failed_aside

        set_failed_aside(study)
    if on == "local":
        from shapespace.studies.sweeps.local import run_local

        run_local(study, n_workers=workers, tensorboard=tensorboard)
    elif on == "slurm":
        from shapespace.studies.sweeps.slurm import run_on_slurm

        run_on_slurm(
            study, n_workers=workers, gpus=gpus, options=slurm, tensorboard=tensorboard
        )
    else:
        from shapespace.studies.sweeps.ray_cluster import run_on_ray

        run_on_ray(study, n_workers=workers, gpus=gpus, tensorboard=tensorboard)


def show(
    study: tyro.conf.Positional[Path],
    *,
    tables: bool = False,
    csv: Path | None = None,
    json: bool = False,
) -> None:
    """Say how a study stands: finished, running, failed, time left, best so far.

    Safe while the study runs.

    Example: shapespace study show studies/bench

    Example: shapespace study show studies/bench --tables --csv tables

    Args:
        study: Directory of the study.
        tables: Also print the tables: settings, factors, differences to the default.
        csv: Also write the tables as CSV files into this folder.
        json: Print JSON instead of text.
    """
    from shapespace.studies.sweeps.standing import read_standing

    standing = read_standing(study)
    if json:
        from dataclasses import asdict

        show_json(asdict(standing) | {"n_open": standing.n_open})
    else:
        print(_in_words(standing))
    if not tables and csv is None:
        return
    from shapespace.report.study.tables import as_text, write_csvs
    from shapespace.report.study.tables import tables as make_tables
    from shapespace.studies.sweeps.summary import summarise

    summary = summarise(study)
    if tables and not json:
        for table in make_tables(summary):
            print("\n" + as_text(table))
    if csv is not None:
        for path in write_csvs(summary, csv):
            print(f"written: {path}", file=sys.stderr)


def _show_plan(plan: "Plan", workers: int | None, *, estimate: bool, as_json: bool) -> None:
    from dataclasses import asdict

    from shapespace.studies.sweeps.estimating import estimate as measure
    from shapespace.studies.sweeps.local import n_that_fit

    n_runs = len({cell.run_id for cell in plan.cells})
    n_workers = min(n_runs, workers or n_that_fit(plan.declared.budget.memory_gb))
    found = measure(plan) if estimate else None
    if as_json:
        cells = [asdict(cell) for cell in plan.cells]
        more = {}
        if found:
            more = asdict(found) | {
                "n_workers": n_workers,
                "hours": found.hours(n_runs, n_workers),
                "disk_gb": found.gigabytes(n_runs, n_workers),
            }
        show_json({"n_runs": n_runs, "cells": cells, "estimate": more or None})
        return
    settings = list(dict.fromkeys(cell.setting for cell in plan.cells))
    for cell in plan.cells:
        print(f"{cell.run_id}  fold {cell.fold}  seed {cell.seed}  {cell.setting}")
    folds, seeds = len(plan.declared.folds), len(plan.declared.seeds)
    print(f"{n_runs} runs: {len(settings)} settings x {folds} folds x {seeds} seed(s)")
    if found:
        print(
            f"about {_duration(found.seconds_training + found.seconds_evaluation)} a run "
            f"({_duration(found.seconds_training)} training, "
            f"{_duration(found.seconds_evaluation)} measuring) in one thread; "
            f"{_duration(3600 * found.hours(n_runs, n_workers))} with {n_workers} worker(s)"
        )
        print(
            f"about {found.gigabytes(n_runs, n_workers):.1f} GB of disk; "
            f"{found.memory_mb / 1e3:.1f} GB of memory a worker, of "
            f"{plan.declared.budget.memory_gb:g} GB allowed"
        )


def _in_words(standing: "Standing") -> str:
    """Return how a study stands, as a few lines of text."""
    alive = [run for run in standing.running if run.alive]
    lines = [
        f"{standing.name}: {standing.n_finished} of {standing.n_runs} runs finished, "
        f"{len(alive)} running, {len(standing.failed)} failed, {standing.n_open} open"
    ]
    if standing.seconds_per_run is not None:
        lines.append(f"{_duration(standing.seconds_per_run)} a run; ")
        lines[-1] += (
            f"memory of a worker up to {standing.memory_mb:.0f} MB"
            if standing.memory_mb is not None
            else ""
        )
    if standing.seconds_left:
        lines.append(f"about {_duration(standing.seconds_left)} left")
    for run in alive:
        loss = "" if run.validation_loss is None else f", loss {run.validation_loss:.4f}"
        lines.append(
            f"  running: {run.cell.setting}, fold {run.cell.fold}, {run.share:.0%}{loss}"
        )
    lines += [
        f"  failed: {failed.cell.setting}, fold {failed.cell.fold}: {failed.error}"
        for failed in standing.failed
    ]
    if standing.settings:
        lines.append("  setting                                   runs      bce    tau-b")
    for setting in standing.settings:
        collapsed = f"  {setting.n_collapsed} collapsed" if setting.n_collapsed else ""
        lines.append(
            f"  {setting.setting:<40} {setting.n_runs:>5} {_number(setting.bce)} "
            f"{_number(setting.kendall_tau_b_optimised)}{collapsed}"
        )
    return "\n".join([*lines, *standing.notes])


def _number(value: float | None) -> str:
    return f"{'–':>8}" if value is None else f"{value:8.4f}"


def _duration(seconds: float) -> str:
    """Return a length of time in the unit that suits it."""
    for unit, length in (("days", 86_400.0), ("h", 3_600.0), ("min", 60.0)):
        if seconds >= 2 * length or (unit != "days" and seconds >= length):
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.0f} s"
