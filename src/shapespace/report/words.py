"""What a run came to, in sentences and short lists for the page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from shapespace.report.people import DISTANCE_NAMES, baseline_distance, baseline_name
from shapespace.report.runs import FinishedRun
from shapespace.report.tables import in_words, percent, signed

STAND_INS = (
    "The drawings compared with people are stand-ins: drawings of the same 60 things, not "
    "those that people rated."
)


def summary(run: FinishedRun) -> list[str]:
    """Return the main numbers of a run in plain words: how it draws, how it agrees with people."""
    return [f"{_trained(run)} {_redraws(run)}", _agrees(run)]


def _trained(run: FinishedRun) -> str:
    n_images = _n_images_seen(run)
    seen = "" if n_images is None else f" and has seen {n_images:,} training images"
    side, code_size = run.config["data"]["side"], run.config["model"]["code_size"]
    return (
        f"{run.name} (recipe {run.config['recipe']}) is an autoencoder that squeezes drawings "
        f"of {side} × {side} pixels into {code_size:,} numbers{seen}."
    )


def _redraws(run: FinishedRun) -> str:
    scores = run.scores
    by_source = scores["by_source"]
    shares = [f"{in_words(one['explained'])} on {name}" for name, one in by_source.items()]
    apart = f": {', '.join(shares)}" if len(shares) > 1 else f" on {next(iter(by_source))}"
    return (
        "Redrawing images it was never trained on, it comes "
        f"{in_words(scores['explained'])} of the way from the mean training image (0) to a "
        f"perfect copy (1){apart}."
    )


def _agrees(run: FinishedRun) -> str:
    human = run.human
    fixed, optimised = (
        human["euclidean"][weights]["kendall_tau_b"] for weights in ("fixed", "optimised")
    )
    sentence = (
        "Euclidean distances between its codes follow the dissimilarities that people see with "
        f"a Kendall’s tau-b of {in_words(fixed)} with all units alike, and "
        f"{in_words(optimised)} with weights fitted to other pairs"
    )
    beside = [
        f"{in_words(baseline[baseline_distance(baseline)]['fixed']['kendall_tau_b'])} "
        f"by {'an ' if name == 'untrained' else ''}{baseline_name(name)}"
        for name, baseline in human["baselines"].items()
    ]
    if "kendall_tau_b" in human["ceiling"]:
        ceiling = signed(human["ceiling"]["kendall_tau_b"], 2)
        beside.append(f"{ceiling} by one half of the people with the other")
    attainable = human["ceiling"].get("attainable", {}).get("kendall_tau_b")
    if attainable is not None:
        reach = signed(attainable, 2)
        beside.append(
            f"{reach} that a perfect model could reach with these means (the ceiling)"
        )
    return f"{sentence}; beside that stand {', '.join(beside)}." if beside else f"{sentence}."


def warnings(runs: Sequence[FinishedRun]) -> list[str]:
    """Return every warning, with the runs it is about where it is not about all of them."""
    warned: dict[str, list[str]] = {}
    for run in runs:
        said = [*run.results["warnings"]]
        if not run.directory.is_finished:
            said.append("The training is not finished.")
        for name, results in run.elsewhere.items():
            said += [f"On {name}: {warning}" for warning in results["warnings"]]
        for warning in said:
            warned.setdefault(warning, []).append(run.name)
    return [
        warning if len(names) == len(runs) else f"{', '.join(names)}: {warning}"
        for warning, names in warned.items()
    ]


def facts(run: FinishedRun) -> list[tuple[str, str]]:
    """Return what was run, as pairs of a term and its value."""
    config, provenance = run.config, run.provenance
    training, machine = config["training"], provenance["machine"]
    encoder, decoder = run.n_parameters["encoder"], run.n_parameters["decoder"]
    levels = ", ".join(percent(level) for level in config["data"]["noise"]["levels"])
    scope = "every image with a mask of its own" if config["data"]["noise"]["scope"] == "image" else (
        "one mask a minibatch"
    )  # fmt: skip
    found = [
        ("Recipe", config["recipe"]),
        ("Protocol", config["protocol"]),
        (
            "Test fold",
            f"{config['fold']} (folds are numbered 0 to {config['data']['n_folds'] - 1})",
        ),
        ("Seed", str(config["seed"])),
        (
            "Network",
            f"{config['model']['kind']}, code of {config['model']['code_size']:,} units, "
            f"{encoder + decoder:,} parameters (encoder {encoder:,}, decoder {decoder:,})",
        ),
        ("Images", f"{config['data']['side']} × {config['data']['side']} pixels, grey"),
        ("Noise in training", f"{levels}; {scope}"),
        ("Budget", _budget(run)),
        ("Optimiser", f"{training['optimizer']}, learning rate {training['learning_rate']:g}"),
        ("Snapshot", _snapshot(run)),
        ("Time", _time(run)),
        (
            "Machine",
            f"{machine['system']} {machine['processor']}; cores: {machine['n_cores']}, threads "
            f"used: {machine['n_threads']}, device: {machine['device']}",
        ),
        ("Versions", ", ".join(f"{n} {v}" for n, v in provenance["versions"].items())),
        ("Command", provenance["command"]),
    ]
    return found


def data_rows(run: FinishedRun) -> list[dict[str, str]]:
    """Return what each set of a run is, and how many of its stimuli each part got."""
    rows = []
    for name, values in run.provenance["data"].items():
        own = run.parts[run.parts["set"] == name]["part"].value_counts()
        endless = "n_images" not in values
        rows.append(
            {
                "name": name + (" (stand-ins)" if values.get("stand_in") else ""),
                "per_batch": f"{values['images_per_batch']:,}",
                "n": "endless" if endless else f"{values['n_images']:,}",
                **{
                    part: "new" if endless else f"{own.get(part, 0):,}"
                    for part in ("train", "validation", "test")
                },
                "licence": "generated" if endless else values["licence"] or "not stated",
                "sha256": values.get("sha256", ""),
            }
        )
    return rows


def seen_drawings(run: FinishedRun, rated: Sequence[str]) -> dict[str, list[str]]:
    """Return which of the rated stimuli taught a run, chose its snapshot, or were held out."""
    own = run.parts[run.parts["set"] == "drawings"]
    part_of: Mapping[str, str] = dict(zip(own["id"], own["part"], strict=True))
    named = {"train": "Seen in training", "validation": "Used to choose the snapshot"}
    found = {
        words: [item for item in rated if part_of.get(item) == part]
        for part, words in {**named, "test": "Held out"}.items()
    }
    never = [item for item in rated if item not in part_of]
    return {
        words: items for words, items in {**found, "Never near the run": never}.items() if items
    }


def tested_on(results: Mapping[str, Any]) -> str:
    """Return what another set is that a run was tested on, as a sentence."""
    sentences = []
    for name, values in results["images"].items():
        said = f"{name}: {values['part']}, {values['n_stimuli']:,} stimuli"
        if values.get("left_out_as_seen"):
            said += f", without {values['left_out_as_seen']:,} that were seen in training"
        sentences.append(f"{said}.")
    return " ".join(sentences)


def distance_note(run: FinishedRun) -> str:
    """Return how the pixel baseline was chosen, if there is one."""
    choice = run.human["baselines"].get("pixels", {}).get("choice")
    if not choice:
        return ""
    return (
        f"Pixels of {run.name}: {choice['reduction']} of blocks of {choice['block']} × "
        f"{choice['block']}, {DISTANCE_NAMES[choice['distance']]} distance; {choice['note']}."
    )


def _n_images_seen(run: FinishedRun) -> int | None:
    done = run.provenance.get("summary")
    if done:
        return done["n_images"]
    return int(run.history["n_images"].iloc[-1]) if len(run.history) else None


def _budget(run: FinishedRun) -> str:
    planned, seen = run.config["training"]["n_images"], _n_images_seen(run)
    per_epoch = run.config["training"]["images_per_epoch"]
    text = f"{planned:,} images, {per_epoch:,} an epoch"
    if not run.directory.is_finished and seen is not None:
        return f"{text}; only {seen:,} were shown when this page was written"
    return text


def _snapshot(run: FinishedRun) -> str:
    done = run.provenance.get("summary")
    rule = f"lowest validation {run.config['training']['selection']}"
    if not done:
        return f"{rule}; the training is not finished"
    return f"{rule}: {done['best_value']:.5f} nats a pixel, epoch {done['best_epoch']}"


def _time(run: FinishedRun) -> str:
    started, ended = run.provenance["started"], run.provenance.get("ended")
    summary = run.provenance.get("summary")
    if not summary:
        return f"started {_clock(started)}"
    hours, rest = divmod(round(summary["seconds"]), 3600)
    minutes, seconds = divmod(rest, 60)
    spent = f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
    return f"{spent} of training, {_clock(started)} to {_clock(ended)}"


def _clock(time: str | None) -> str:
    """Return "2026-01-31 10:00 UTC" for a time as it stands in the files."""
    return f"{datetime.fromisoformat(time):%Y-%m-%d %H:%M} UTC" if time else "unknown"
