"""Dissimilarities of raters in the HDF5 files and objects of rsatoolbox, both ways."""

from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.distance import squareform

from shapespace.data.trials.aggregation import Rated
from shapespace.data.trials.matrices import from_matrices
from shapespace.data.trials.reading import check_file
from shapespace.data.trials.table import Trials
from shapespace.data.writing import write_bytes
from shapespace.errors import BadInput, ShapespaceError

STIMULI = ("stimulus", "conds", "stimuli", "names", "id")
"""Pattern descriptors that may hold ids, in the order in which they are looked for."""

RATERS = ("rater", "participant", "subject", "session")
"""RDM descriptors that may name raters."""

LAYOUT = "0.3.2"
"""Version of rsatoolbox whose layout is written."""


def to_rsatoolbox(rated: Rated) -> Any:
    """Return an `rsatoolbox.rdm.RDMs`, one RDM a rater; nan where a rater saw no pair.

    The ids are the pattern descriptor `stimulus`, the raters the RDM descriptor `rater`.

    Raises:
        ShapespaceError: If rsatoolbox is not installed.
    """
    try:
        rdms = import_module("rsatoolbox.rdm.rdms")
    except ImportError as error:
        raise ShapespaceError(
            "Objects of rsatoolbox need that package: pip install rsatoolbox. Its HDF5 files "
            "can be written without it."
        ) from error
    return rdms.RDMs(**_content(rated))


def from_rsatoolbox(rdms: Any) -> Trials:
    """Return the dissimilarities of an `rsatoolbox.rdm.RDMs` as trials, one a pair and RDM.

    Raises:
        BadInput: If no pattern descriptor names the stimuli.
    """
    return _trials(rdms.to_dict(), "The RDMs")


def write_rsatoolbox(path: Path, rated: Rated) -> None:
    """Write a file that `rsatoolbox.rdm.load_rdm(path, file_type="hdf5")` reads.

    Raises:
        ShapespaceError: If h5py is not installed or the file cannot be written.
    """
    h5py = _h5py()
    content = BytesIO()
    with h5py.File(content, "w") as file:
        file.attrs["rsatoolbox_version"] = LAYOUT
        for key, value in _content(rated).items():
            if not isinstance(value, dict):
                _put(file, key, value)
                continue
            group = file.create_group(key)
            for name, entry in value.items():
                _put(group, name, entry)
        # It numbers what it makes itself; its files hold the numbers too.
        file["pattern_descriptors"]["index"] = np.arange(len(rated.items))
        file["rdm_descriptors"]["index"] = np.arange(len(rated.raters))
    write_bytes(path, content.getvalue())


def read_rsatoolbox(path: Path) -> Trials:
    """Read the dissimilarities in an HDF5 file of rsatoolbox as trials, one a pair and RDM.

    Raises:
        BadInput: If it is none, or no pattern descriptor names the stimuli.
        ShapespaceError: If h5py is not installed.
    """
    check_file(path)
    if path.read_bytes()[:4] != b"\x89HDF":
        raise BadInput(
            f"{path.name} is not an HDF5 file. Pickled files are never opened; save RDMs with "
            "file_type='hdf5'."
        )
    h5py = _h5py()
    try:
        with h5py.File(path, "r") as file:
            content = {
                "dissimilarities": np.asarray(file["dissimilarities"]),
                "pattern_descriptors": _texts(file["pattern_descriptors"]),
                "rdm_descriptors": _texts(file["rdm_descriptors"]),
            }
    except (OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise BadInput(f"{path.name} does not hold RDMs as rsatoolbox stores them.") from error
    return _trials(content, path.name)


def _content(rated: Rated) -> dict[str, Any]:
    if not rated.of_pairs:
        raise BadInput("RDMs hold pairs; values of attributes go to a folder of features.")
    return {
        "dissimilarities": rated.values,
        "dissimilarity_measure": "human dissimilarity",
        "descriptors": {"origin": "ratings"},
        "rdm_descriptors": {"rater": list(rated.raters)},
        "pattern_descriptors": {"stimulus": list(rated.items)},
    }


def _trials(content: dict[str, Any], name: str) -> Trials:
    patterns, people = content["pattern_descriptors"], content["rdm_descriptors"]
    ids = next((patterns[key] for key in STIMULI if key in patterns), None)
    if ids is None:
        raise BadInput(
            f"{name}: no pattern descriptor names the stimuli; call it 'stimulus' or 'conds'. "
            f"There are {', '.join(map(repr, patterns)) or 'none'}."
        )
    flat = np.atleast_2d(np.asarray(content["dissimilarities"], dtype=np.float64))
    if flat.shape[1] != len(ids) * (len(ids) - 1) // 2:
        raise BadInput(f"{name}: {flat.shape[1]} pairs do not fit {len(ids)} stimuli.")
    raters = next((people[key] for key in RATERS if key in people), None)
    raters = [f"RDM {i + 1}" for i in range(len(flat))] if raters is None else list(raters)
    twice = {rater for rater in raters if raters.count(rater) > 1}
    if twice:
        raise BadInput(f"{name}: two RDMs are of the same rater, {str(min(twice))!r}.")
    if (flat < 0).any():
        raise BadInput(
            f"{name}: dissimilarities lie at 0 or above, but one is {np.nanmin(flat):g}."
        )
    matrices = {
        str(rater): squareform(row, checks=False)
        for rater, row in zip(raters, flat, strict=True)
    }
    return from_matrices(matrices, [str(one) for one in ids], kind="dissimilarity")


def _put(group: Any, key: str, value: Any) -> None:
    """Store one entry in the way rsatoolbox reads back: its byte strings are ASCII only."""
    if isinstance(value, list) and all(text.isascii() for text in value):
        group[key] = np.array(value).astype("S")
    elif isinstance(value, str | list):
        group.attrs[key] = value
    else:
        group[key] = value


def _texts(group: Any) -> dict[str, list[str]]:
    found = {key: list(np.asarray(group[key])) for key in group}
    found |= {key: list(np.atleast_1d(value)) for key, value in group.attrs.items()}
    return {
        key: [one.decode() if isinstance(one, bytes) else str(one) for one in values]
        for key, values in found.items()
    }


def _h5py() -> Any:
    try:
        import h5py
    except ImportError as error:
        raise ShapespaceError(
            "HDF5 files need the package h5py: pip install 'shapespace[exchange]'."
        ) from error
    return h5py
