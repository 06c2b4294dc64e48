"""Labels and coordinates find their images by set and stimulus."""

import numpy as np
import pandas as pd
import pytest
import torch

from shapespace.data.targets import NO_LABEL, Targets, coordinates_by_id, label_sets
from shapespace.data.transfer import Share
from shapespace.errors import BadInput

CPU = torch.device("cpu")


def packed(**classes: str) -> pd.DataFrame:
    """The table of a set as far as its labels go: classes by id."""
    return pd.DataFrame({"id": list(classes), "class": list(classes.values())})


@pytest.fixture(scope="module")
def targets() -> Targets:
    sets = {"berlin": packed(a="cat", b="dog", c="cat"), "sketchy": packed(a="dog", d="owl")}
    labels, label_of = label_sets(sets)
    points = coordinates_by_id(["a", "x"], np.array([[1.0, 2.0], [3.0, 4.0]]))
    return Targets(labels, label_of, points, rated_set="rated", n_dims=2)


def test_labels_of_all_sets_are_joined_by_name(targets):
    assert targets.labels == ("cat", "dog", "owl")
    assert targets.label_of == {"berlin": {"a": 0, "b": 1, "c": 0}, "sketchy": {"a": 1, "d": 2}}
    assert targets.labelled_sets == ("berlin", "sketchy")
    assert targets.allowed().tolist() == [[True, True, False], [False, True, True]]


def test_equal_ids_of_different_sets_are_different_stimuli(targets):
    sources = ["berlin", "sketchy", "rated", "rated", "scribbles", "berlin"]
    found = targets.of(sources, ["a", "a", "a", "unknown", "a", "unknown"], device=CPU)
    assert found.labels.tolist() == [0, 1, NO_LABEL, NO_LABEL, NO_LABEL, NO_LABEL]
    assert found.sets.tolist() == [0, 1, NO_LABEL, NO_LABEL, NO_LABEL, NO_LABEL]
    assert found.coordinates[2].tolist() == [1.0, 2.0]
    assert found.coordinates.isnan().any(dim=1).tolist() == [
        True,
        True,
        False,
        True,
        True,
        True,
    ]
    assert (found.n_labelled, found.n_mapped) == ((1, 1), 1)


def test_a_share_has_its_rows_and_the_counts_of_the_whole(targets):
    sources, ids = ["berlin", "berlin", "rated", "rated"], ["b", "c", "a", "x"]
    whole = targets.of(sources, ids, device=CPU)
    share = targets.of(sources, ids, Share(1, 3, 4), device=CPU)
    assert share.labels.tolist() == whole.labels[1:3].tolist()
    assert torch.equal(share.coordinates.nan_to_num(9), whole.coordinates[1:3].nan_to_num(9))
    assert (share.n_labelled, share.n_mapped) == ((2, 0), 2)
    chunks = whole.split(3)
    assert [len(chunk.labels) for chunk in chunks] == [3, 1]
    assert all(chunk.n_mapped == 2 for chunk in chunks)


def test_without_a_space_nothing_is_mapped():
    labels, label_of = label_sets({"berlin": packed(a="cat", b="dog")})
    found = Targets(labels, label_of).of(["berlin"], ["b"], device=CPU)
    assert found.n_mapped == 0
    assert found.coordinates.shape == (1, 0)


def test_images_without_a_class_have_no_label():
    _, label_of = label_sets({"mixed": packed(a="cat", b="", c="dog")})
    assert label_of == {"mixed": {"a": 0, "c": 1}}


def test_a_set_of_one_class_cannot_be_told_apart():
    with pytest.raises(
        BadInput, match=r"'dull' cannot be told apart by class: it has 1 of them"
    ):
        label_sets({"dull": packed(a="cat", b="cat", c="")})
