"""Sets of drawings: get, add, list, check and preview them."""

import json
import re
import shlex
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import tyro

from shapespace.errors import BadInput, Collision, ShapespaceError

BUILT_IN = ("drawings", "scribbles")
"""Names of the sources that come with the package."""

_SHOWN = 20
"""Skipped images that are named on the screen; `set.json` names them all."""


def list_sets(*, json: bool = False) -> None:
    """List the sets at hand, and those that `data get` can fetch.

    Example: shapespace data list

    Args:
        json: Print JSON instead of a table.
    """
    from shapespace.data.catalogue import COLLECTIONS
    from shapespace.data.home import data_home, names_of_sets, open_set
    from shapespace.data.packed import summary

    sets, damaged = [], []
    for name in names_of_sets():
        try:
            sets.append(summary(open_set(name)))
        except BadInput as error:
            damaged.append(str(error))
    others = [c for c in COLLECTIONS.values() if c.name not in {s["name"] for s in sets}]
    if json:
        known = [{"name": c.name, "title": c.title, "licence": c.licence} for c in others]
        _print_json(
            {"home": str(data_home()), "sets": sets, "damaged": damaged, "to_get": known}
        )
        return
    for one in sets:
        print(
            f"{one['name']:<16} {one['n_images']:>8,} images  {one['n_classes']:>4} classes  "
            f"{one['side']:>4} px  {one['licence'] or 'licence not stated'}"
        )
    if not sets:
        print(f"No set is packed in {data_home()} yet.")
    for one in others:
        print(f"{one.name:<16} not here: `shapespace data get {one.name}`. {one.title}")
    for sentence in damaged:
        print(sentence, file=sys.stderr)


def add(
    name: tyro.conf.Positional[str],
    *,
    from_: Annotated[Path | None, tyro.conf.arg(name="from")] = None,
    scribbles: int = 0,
    seed: int = 0,
    side: int = 224,
    classes: tuple[str, ...] = (),
    per_class: int | None = None,
    fixed_orientation: bool = False,
    group_pattern: str = "",
    licence: str = "",
    citation: str = "",
    replace: bool = False,
    json: bool = False,
) -> None:
    """Pack images of your own, or scribbles, into a set that recipes can name.

    Example: shapespace data add birds --from birds.zip
    Example: shapespace data add cats --from tuberlin.zip --classes cat lion tiger --per-class 40

    Args:
        name: How recipes and commands will call the set.
        from_: Folder (flat or one folder a class), .zip, .tar, .tar.gz, .csv (columns file, id,
            class, group), .ndjson strokes, or one image.
        scribbles: Instead of --from: how many random line drawings to pack.
        seed: Which series of scribbles.
        side: Side of the stored images in pixels.
        classes: Take only images of these classes.
        per_class: Take no more than this many images of a class, the first ones.
        fixed_orientation: Copies for training are never mirrored, rotated or sheared.
        group_pattern: Regular expression whose bracketed part of a file name is its group:
            images of one group share a fold.
        licence: Under which licence the images are.
        citation: What to cite for them.
        replace: Replace an older set of this name.
        json: Print JSON instead of text.
    """
    _check_side(side)
    if (from_ is None) == (scribbles == 0):
        raise BadInput("Give either --from PATH with your images or --scribbles N.")
    if per_class is not None and per_class < 1:
        raise BadInput(f"--per-class is a number from 1, got {per_class}.")
    if from_ is None and (classes or per_class is not None):
        raise BadInput("Scribbles have no classes: leave out --classes and --per-class.")
    if from_ is None:
        packed, seconds = _pack_scribbles(name, scribbles, side, seed, replace=replace)
        _tell(packed, seconds, as_json=json)
        return
    info = {"licence": licence, "citation": citation, "turnable": not fixed_orientation}
    packed, seconds = _pack(
        name,
        [from_],
        replace=replace,
        side=side,
        classes=classes,
        at_most=per_class,
        group_pattern=group_pattern,
        **info,
    )
    _tell(packed, seconds, as_json=json)


def get(
    name: tyro.conf.Positional[str],
    *,
    accept_licence: bool = False,
    classes: tuple[str, ...] = (),
    per_class: int | None = None,
    side: int = 224,
    mirror: str = "",
    replace: bool = False,
    json: bool = False,
) -> None:
    """Download a public set from its authors' server and pack it.

    Example: shapespace data get tuberlin --accept-licence

    Args:
        name: tuberlin, sketchy or quickdraw.
        accept_licence: You agree with the licence, which is shown without this.
        classes: Which classes (quickdraw only, which has a file for each).
        per_class: Take no more than this many drawings of a class (quickdraw only).
        side: Side of the stored images in pixels.
        mirror: Address of a folder on another server with the same files.
        replace: Replace an older set of this name.
        json: Print JSON instead of text.
    """
    from shapespace.data.catalogue import addresses, fetch, find
    from shapespace.data.progress import download_bars

    collection = find(name)
    _check_side(side)
    if per_class is not None and (per_class < 1 or not collection.by_class):
        raise BadInput("--per-class is a number from 1, for sets with a file for each class.")
    addresses(collection, classes, mirror)  # complains before anything else is asked
    if not accept_licence:
        raise BadInput(
            f"{collection.title}. Licence: {collection.licence}. Cite: {collection.citation}. "
            f"See {collection.page}. If you accept this, add --accept-licence."
        )
    print(f"Licence: {collection.licence}. Cite: {collection.citation}.", file=sys.stderr)
    _refuse_taken(name, replace=replace)
    with download_bars() as watch:
        files = fetch(collection, classes, mirror, watch)
    for file, sha256 in files.items():
        known = (
            "as published" if collection.sha256 else "trusted at first download, kept for next"
        )
        print(f"{file}: SHA-256 {sha256} ({known})", file=sys.stderr)
    paths = list(files)
    if collection.by_hand:
        file, folder = (shlex.quote(str(p)) for p in (paths[0], paths[0].parent))
        raise ShapespaceError(
            f"{paths[0].name} is downloaded, one step is left. "
            + collection.by_hand.format(
                file=file, folder=folder, pattern=collection.group_pattern
            )
        )
    packed, seconds = _pack(
        name,
        paths,
        replace=replace,
        side=side,
        at_most=per_class,
        group_pattern=collection.group_pattern,
        licence=collection.licence,
        citation=collection.citation,
        turnable=True,
    )
    _tell(packed, seconds, as_json=json)


def check(name: tyro.conf.Positional[str], *, json: bool = False) -> None:
    """Verify a packed set: checksums, table, blank images, duplicates.

    Example: shapespace data check tuberlin

    Args:
        name: Which set.
        json: Print JSON instead of text.
    """
    from dataclasses import asdict

    from shapespace.data.checking import check_set
    from shapespace.data.home import open_set
    from shapespace.data.progress import progress

    packed = open_set(name)
    report = check_set(packed, watch=lambda starts: progress(starts, None, f"checking {name}"))
    if json:
        _print_json({"name": name, **asdict(report)})
    else:
        print(
            f"{name}: {report.n_images:,} images in {report.n_groups:,} groups, "
            f"{report.n_classes} classes; {report.n_duplicates} are copies of others; "
            f"{len(packed.info.skipped)} files were left out when it was packed."
        )
        for note in packed.info.notes:
            print(f"  {note}")
    if report.problems:
        raise ShapespaceError(
            f"The set {name!r} is damaged: {' '.join(report.problems)} "
            "Pack it again with --replace."
        )
    if not json:
        print("Everything is as it was packed.")


def preview(
    name: tyro.conf.Positional[str],
    *,
    out: Path,
    n: int = 48,
    seed: int = 0,
) -> None:
    """Draw a sample of a set on one page, with ids and classes.

    Example: shapespace data preview tuberlin --out sheet.png

    Args:
        name: Which set.
        out: PNG file to write.
        n: How many images.
        seed: Which sample.
    """
    import io

    from shapespace.data.home import open_set
    from shapespace.data.preview import contact_sheet, sample
    from shapespace.data.writing import write_bytes

    packed = open_set(name)
    rows = sample(packed, n, seed)
    png = io.BytesIO()
    contact_sheet(packed, rows).save(png, "PNG")
    write_bytes(out, png.getvalue())
    print(f"{out}: {len(rows)} of {len(packed):,} images of {name}")


def _pack(
    name: str,
    paths: list[Path],
    *,
    replace: bool,
    side: int,
    group_pattern: str,
    classes: tuple[str, ...] = (),
    at_most: int | None = None,
    **about: Any,
) -> tuple[Any, float]:
    """Pack with a progress bar; return the set and how long it took in seconds."""
    from shapespace.data.home import set_directory
    from shapespace.data.packed import SetInfo
    from shapespace.data.progress import progress
    from shapespace.data.sources import pack_sources

    _refuse_taken(name, replace=replace)
    started = time.monotonic()
    origin = ", ".join(path.name for path in paths)
    packed = pack_sources(
        paths,
        SetInfo(name=name, side=side, n_images=0, bits=False, origin=origin, **about),
        set_directory(name),
        group_pattern=group_pattern,
        classes=classes,
        at_most=at_most,
        watch=lambda items, total: progress(items, total, f"packing {name}"),
    )
    return packed, time.monotonic() - started


def _pack_scribbles(
    name: str, n: int, side: int, seed: int, *, replace: bool
) -> tuple[Any, float]:
    """Draw and pack with a progress bar; return the set and how long it took in seconds."""
    from shapespace.data.home import set_directory
    from shapespace.data.progress import progress
    from shapespace.data.scribble_set import pack_scribbles

    _refuse_taken(name, replace=replace)
    started = time.monotonic()
    packed = pack_scribbles(
        n,
        side,
        seed,
        set_directory(name),
        watch=lambda items, total: progress(items, total, f"packing {name}"),
    )
    return packed, time.monotonic() - started


def _refuse_taken(name: str, *, replace: bool) -> None:
    from shapespace.data.home import set_directory

    if name in BUILT_IN or re.fullmatch("drawings-[0-9]+", name):
        raise BadInput(f"{name!r} is the name of a built-in source; choose another.")
    if set_directory(name).exists() and not replace:
        raise Collision(f"There is a set {name!r} already; --replace packs it anew.")


def _check_side(side: int) -> None:
    if not 16 <= side <= 1024:
        raise BadInput(f"The side of a set is between 16 and 1024 pixels, got {side}.")


def _tell(packed: Any, seconds: float, *, as_json: bool) -> None:
    """Say what was packed, what was changed, and what was left out and why."""
    from shapespace.data.packed import n_classes, summary

    info = packed.info
    if as_json:
        left_out = [{"source": source, "reason": reason} for source, reason in info.skipped]
        about = {"skipped": left_out, "notes": info.notes, "seconds": round(seconds, 1)}
        _print_json(summary(packed) | about)
    else:
        print(
            f"{info.name}: {info.n_images:,} images of {info.side} px, {n_classes(packed)} "
            f"classes, {packed.table['group'].nunique():,} groups, packed in {seconds:.0f} s "
            f"into {packed.directory}"
        )
    for note in info.notes:
        print(note, file=sys.stderr)
    if info.skipped:
        print(f"{len(info.skipped)} left out:", file=sys.stderr)
    for source, reason in info.skipped[:_SHOWN]:
        print(f"  {source}: {reason}", file=sys.stderr)
    if len(info.skipped) > _SHOWN:
        print(f"  ... all are named in {packed.directory / 'set.json'}", file=sys.stderr)


def _print_json(value: dict[str, Any]) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))
