import importlib
import sys

import numpy as np
import pytest
from scipy.io import savemat

from shapespace.data.ratings import published_dissimilarities
from shapespace.data.trials import rsatoolbox as exchange
from shapespace.data.trials.aggregation import Rated, rated_attributes, rated_pairs, to_ratings
from shapespace.data.trials.exports import export, target_of, write_matrix
from shapespace.data.trials.features_folder import read_features_folder, write_features_folder
from shapespace.data.trials.layouts import read_trials
from shapespace.data.trials.simulation import simulate_ratings
from shapespace.data.trials.table import trials
from shapespace.errors import BadInput, ShapespaceError

rdms_module = pytest.importorskip("rsatoolbox.rdm.rdms")

SPARSE = simulate_ratings(
    generator=np.random.default_rng(0), n_items=6, n_raters=4, share=0.6
).trials


def equal(one: Rated, other: Rated) -> bool:
    return (one.items, one.raters) == (other.items, other.raters) and np.array_equal(
        one.values, other.values, equal_nan=True
    )


def test_rsatoolbox_reads_what_we_write(tmp_path):
    rated = rated_pairs(SPARSE)
    exchange.write_rsatoolbox(tmp_path / "r.hdf5", rated)
    found = rdms_module.load_rdm(str(tmp_path / "r.hdf5"), file_type="hdf5")
    assert np.array_equal(found.dissimilarities, rated.values, equal_nan=True)
    assert list(found.pattern_descriptors["stimulus"]) == list(rated.items)
    assert list(found.rdm_descriptors["rater"]) == list(rated.raters)


def test_we_read_what_rsatoolbox_writes(tmp_path):
    rated = rated_pairs(SPARSE)
    exchange.to_rsatoolbox(rated).save(str(tmp_path / "r.hdf5"))
    assert equal(rated_pairs(read_trials(tmp_path / "r.hdf5")), rated)


def test_objects_survive_the_way_out_and_in():
    rated = rated_pairs(SPARSE)
    assert equal(rated_pairs(exchange.from_rsatoolbox(exchange.to_rsatoolbox(rated))), rated)


def test_names_beyond_ascii_survive_in_both(tmp_path):
    given = {
        "paradigm": "dissimilarity",
        "rater": ["Zoë", "Zoë", "Al"],
        "response": [1.0, 2.0, 3.0],
    }
    rated = rated_pairs(
        trials(given | {"stimulus1": ["Käse", "Käse", "Öl"], "stimulus2": ["Öl", "ant", "ant"]})
    )
    exchange.write_rsatoolbox(tmp_path / "r.h5", rated)
    found = rdms_module.load_rdm(str(tmp_path / "r.h5"), file_type="hdf5")
    assert list(found.pattern_descriptors["stimulus"]) == list(rated.items)
    assert equal(rated_pairs(read_trials(tmp_path / "r.h5")), rated)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"pattern_descriptors": {"colour": ["r", "g", "b"]}}, "There are 'colour', 'index'"),
        ({"rdm_descriptors": {"rater": ["a", "a"]}}, "same rater, 'a'"),
        ({"dissimilarities": np.array([[1.0, 2, -3], [1, 2, 3]])}, "one is -3"),
    ],
)
def test_rdms_that_cannot_be_joined_are_refused(tmp_path, changes, words):
    good = {
        "dissimilarities": np.array([[1.0, 2, 3], [1, 2, 3]]),
        "pattern_descriptors": {"conds": ["x", "y", "z"]},
    }
    rdms_module.RDMs(**(good | changes)).save(str(tmp_path / "r.hdf5"))
    with pytest.raises(BadInput, match=words):
        read_trials(tmp_path / "r.hdf5")


def test_unnamed_rdms_are_numbered():
    rdms = rdms_module.RDMs(
        np.array([[1.0, 2, 3]]), pattern_descriptors={"conds": ["x", "y", "z"]}
    )
    assert exchange.from_rsatoolbox(rdms).raters == ("RDM 1",)


def test_other_hdf5_files_are_refused(tmp_path):
    h5py = importlib.import_module("h5py")
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["other"] = np.zeros(3)
    with pytest.raises(BadInput, match="does not hold RDMs as rsatoolbox stores them"):
        read_trials(tmp_path / "x.h5")


def test_missing_packages_are_named(tmp_path, monkeypatch):
    rated = rated_pairs(SPARSE)
    monkeypatch.setitem(sys.modules, "h5py", None)  # what `import` takes for not installed
    with pytest.raises(ShapespaceError, match=r"need the package h5py: .*\[exchange\]"):
        exchange.write_rsatoolbox(tmp_path / "r.h5", rated)
    monkeypatch.setitem(sys.modules, "rsatoolbox.rdm.rdms", None)
    with pytest.raises(ShapespaceError, match="pip install rsatoolbox"):
        exchange.to_rsatoolbox(rated)


ATTRIBUTES = trials(
    {
        "paradigm": "attribute",
        "rater": ["r", "s", "r"],
        "stimulus1": ["owl", "owl", "ant"],
        "attribute": "FORM",
        "response": [1.0, 0.0, -1.0],
    }
)


def test_means_of_attributes_become_a_folder_of_features(tmp_path):
    export(ATTRIBUTES, tmp_path / "f", target="features")
    ids, features = read_features_folder(tmp_path / "f")
    assert ids == ("ant", "owl")
    assert features.tolist() == [[-1.0], [0.5]]
    assert (tmp_path / "f" / "ids.csv").read_text() == "row,id\n0,ant\n1,owl\n"
    with pytest.raises(BadInput, match="go to a folder of features"):
        exchange.write_rsatoolbox(tmp_path / "r.h5", rated_attributes(ATTRIBUTES)["FORM"])


@pytest.mark.parametrize("kind", ["txt", "mat", "npy"])
def test_folders_as_thingsvision_writes_them_are_read(tmp_path, kind):
    # Its ids are paths of images, in the order of rows.
    (tmp_path / "file_names.txt").write_text("a/owl.png\na/ant.jpg\n")
    features = np.array([[1.0, 2.0], [3.0, 4.0]])
    if kind == "txt":
        np.savetxt(tmp_path / "features.txt", features)
    elif kind == "npy":
        np.save(tmp_path / "features.npy", features)
    else:
        savemat(tmp_path / "features.mat", {"owl": features[0], "ant": features[1]})
    ids, found = read_features_folder(tmp_path)
    assert ids == ("owl", "ant")
    assert np.array_equal(found, features)


def test_broken_folders_are_refused(tmp_path):
    with pytest.raises(BadInput, match=r"holds no file_names\.txt"):
        read_features_folder(tmp_path)
    (tmp_path / "file_names.txt").write_text("owl.png\nant.png\n")
    with pytest.raises(BadInput, match="file_format='npy'"):
        read_features_folder(tmp_path)
    savemat(tmp_path / "features.mat", {"owl": np.zeros(2)})
    with pytest.raises(BadInput, match="no features of 'ant'"):
        read_features_folder(tmp_path)
    (tmp_path / "features.mat").write_bytes(b"rubbish")
    with pytest.raises(BadInput, match="cannot be read"):
        read_features_folder(tmp_path)
    (tmp_path / "features.txt").write_text("many\n")
    with pytest.raises(BadInput, match="else than numbers"):
        read_features_folder(tmp_path)
    np.save(tmp_path / "features.npy", np.zeros((3, 2)))
    with pytest.raises(BadInput, match="3 rows of features, but 2 names"):
        read_features_folder(tmp_path)
    (tmp_path / "file_names.txt").write_text("owl.png\nowl.jpg\n")
    with pytest.raises(BadInput, match=r"Two files .* are called 'owl'"):
        read_features_folder(tmp_path)


@pytest.mark.parametrize(
    ("ids", "words"),
    [(["a"], "2 rows"), (["a", "a"], "of which 1 differ"), (["a", "b\nc"], "line break")],
)
def test_ids_that_do_not_fit_are_refused(tmp_path, ids, words):
    with pytest.raises(BadInput, match=words):
        write_features_folder(tmp_path / "f", ids, np.zeros((2, 3)))


def test_a_matrix_is_read_back_to_the_bit(tmp_path):
    ratings = published_dissimilarities()
    write_matrix(tmp_path / "m.csv", ratings)
    again = read_trials(tmp_path / "m.csv", kind="dissimilarity")
    assert np.array_equal(to_ratings(rated_pairs(again, ratings.items)).matrix, ratings.matrix)


def test_every_target_is_written(tmp_path):
    choices = trials(
        {
            "paradigm": "odd_one_out",
            "stimulus1": ["a"],
            "stimulus2": ["b"],
            "stimulus3": ["c"],
            "response": [1.0],
        }
    )
    for target, row in [
        ("things", "1 2 0"),
        ("cblearn", "1 2 0\n2 1 0"),
        ("psiz", "2 3 1\n3 2 1"),
    ]:
        export(choices, tmp_path / target, target=target)
        assert (tmp_path / target).read_text() == f"{row}\n"
        assert (tmp_path / f"{target}.stimuli.txt").read_text() == "a\nb\nc\n"
    export(choices, tmp_path / "c.npy", target="things", stimuli=["c", "b", "a"])
    assert np.load(tmp_path / "c.npy").tolist() == [[1, 0, 2]]
    for name in ("x.csv", "x.hdf5"):
        export(SPARSE, tmp_path / name, target=target_of(tmp_path / name))
        assert len(read_trials(tmp_path / name).table) == len(SPARSE.table)
    export(SPARSE, tmp_path / "m.csv", target="matrix", how="median")
    assert read_trials(tmp_path / "m.csv", kind="dissimilarity").stimuli == SPARSE.stimuli
    with pytest.raises(BadInput, match="does not tell what to write"):
        target_of(tmp_path / "x.txt")
