import json

import numpy as np
import pytest
from scipy.io import savemat
from scipy.spatial.distance import pdist

from shapespace.data.trials.aggregation import rated_pairs, to_ratings
from shapespace.data.trials.arrangement import combine_arrangements
from shapespace.data.trials.layouts import read_trials
from shapespace.errors import BadInput

rsatoolbox_combine = pytest.importorskip("rsatoolbox.rdm.combine")

NAMES = ("beach", "fireplace", "river")


def placed(**points):
    return [
        {"id": f"i-{name}", "name": name, "x": x, "y": y} for name, (x, y) in points.items()
    ]


def tree(*trials, kind="multiarrange", names=NAMES):
    stimuli = [{"id": f"i-{name}", "name": f"{name}.png"} for name in names]
    log = [[1000, "logStarted", {}], [13500, "finish", {}]]
    return {
        "tasks": [
            {"task": {"task_type": "info"}, "stimuli": [], "trials": []},
            {
                "task": {"task_type": kind},
                "stimuli": stimuli,
                "trials": [{"positions": positions, "log": log} for positions in trials],
            },
        ]
    }


def test_two_arrangements_give_the_matrix_that_meadows_published(tmp_path):
    # Positions and estimate of a public example, as the platform computed it.
    first = placed(
        river=(0.2795055243569555, 0.852190158852797),
        beach=(-0.3210432312328404, 0.8496612781799198),
        fireplace=(-0.00762821929698301, -0.9172827117277071),
    )
    second = placed(
        river=(0.8581178540846921, 0.26755061735706315),
        beach=(0.8391950341066315, -0.26235929301557387),
        fireplace=(-0.9418460433365579, -0.09456830539608164),
    )
    path = tmp_path / "Meadows_twoMaTasks_v_v1_informed-mole_tree.json"
    path.write_text(json.dumps(tree(first, second)))
    trials = read_trials(path)
    assert trials.raters == ("informed-mole",)
    assert trials.stimuli == NAMES
    assert set(trials.table["time"]) == {12.5}
    assert "1 tasks of other kinds were left out." in trials.notes
    flat = to_ratings(rated_pairs(trials)).flat
    # Theirs has a sum of squares of 1, ours a mean of 1.
    assert flat / np.sqrt(3) == pytest.approx([0.68567520, 0.21812173, 0.69445837], abs=1e-7)


def test_several_participants_in_one_tree_are_kept_apart(tmp_path):
    one = tree(placed(beach=(0, 0), fireplace=(1, 0), river=(0, 1)))
    other = tree(placed(beach=(0, 0), fireplace=(2, 0)))
    path = tmp_path / "Meadows_x_v_v1_tree.json"
    path.write_text(json.dumps({"a-b": one, "c-d": other, "info": 3}))
    trials = read_trials(path)
    assert trials.raters == ("a-b", "c-d")
    assert len(trials.table) == 3 + 1


def test_arrangements_are_combined_as_by_rsatoolbox():
    generator = np.random.default_rng(0)
    points = generator.normal(size=(8, 3))
    distances = np.stack(
        [pdist(points + 0.3 * generator.normal(size=points.shape)) * s for s in (1.0, 0.4, 2.5)]
    )
    distances[1, ::4] = np.nan
    distances[2, 1::3] = np.nan
    aligned, weights = rsatoolbox_combine._rescale(distances, "evidence", 1e-16)
    theirs = rsatoolbox_combine._scale(rsatoolbox_combine._mean(aligned, weights))
    ours = combine_arrangements(distances)
    assert ours / np.linalg.norm(ours) == pytest.approx(theirs, abs=1e-6)


def test_one_arrangement_keeps_its_proportions():
    flat = np.array([[1.0, 2.0, np.nan, 4.0, 0.0, np.nan]])
    found = combine_arrangements(flat)
    seen = ~np.isnan(flat[0])
    assert np.isnan(found[~seen]).all()
    assert found[seen] / found[0] == pytest.approx([1, 2, 4, 0])
    assert (found[seen] ** 2).mean() == pytest.approx(1)


def test_everything_on_one_spot_stays_there():
    assert combine_arrangements(np.zeros((2, 3))).tolist() == [0, 0, 0]


def test_matrices_of_one_and_of_several_participants_are_read(tmp_path):
    flat = np.array([[0.5, 0.2, 0.7]])
    names = np.array([f"{name}.png" for name in NAMES], dtype=object)
    single = tmp_path / "Meadows_myExp_v_v1_cuddly-bunny_3_1D.mat"
    savemat(single, {"rdmutv": flat, "stimuli": names})
    trials = read_trials(single)
    assert trials.raters == ("cuddly-bunny",)
    assert trials.table["response"].tolist() == [0.5, 0.2, 0.7]
    several = tmp_path / "Meadows_myExp_v_v1_arrangement_1D.mat"
    turned = names[::-1]
    savemat(
        several,
        {"rdmutv_a_b": flat, "stimuli_a_b": names, "rdmutv_c_d": flat, "stimuli_c_d": turned},
    )
    trials = read_trials(several)
    rated = rated_pairs(trials)
    assert rated.raters == ("a-b", "c-d")
    # The second names them the other way round: what is first there is last here.
    assert rated.values[1] == pytest.approx(rated.values[0][[2, 1, 0]])


def test_ids_of_characters_are_read_too(tmp_path):
    path = tmp_path / "x.mat"
    savemat(path, {"rdmutv": np.array([[0.5, 0.2, 0.7]]), "stimuli": list(NAMES)})
    assert len(read_trials(path).stimuli) == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"x": np.zeros(3)}, "no matrix of dissimilarities"),
        ({"rdmutv": np.zeros(3)}, "no names of its stimuli"),
        (
            {"rdmutv": np.zeros(4), "stimuli": np.array(NAMES, dtype=object)},
            "holds 4 dissimilarities, but 3 stimuli have 3",
        ),
    ],
)
def test_other_matlab_files_are_refused(tmp_path, content, words):
    savemat(tmp_path / "x.mat", content)
    with pytest.raises(BadInput, match=words):
        read_trials(tmp_path / "x.mat")


def test_the_newer_format_of_matlab_is_refused_with_advice(tmp_path):
    path = tmp_path / "x.mat"
    path.write_bytes(b"MATLAB 7.3 MAT-file, Platform: GLNXA64" + bytes(100))
    with pytest.raises(BadInput, match="save it again with -v7"):
        read_trials(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[1]", "no tree of Meadows"),
        ("{}", "no finished multi-arrangement"),
        (json.dumps(tree(kind="dragrate")), "no finished multi-arrangement"),
        (json.dumps(tree([{"id": "i-beach"}] * 2)), "not built like a tree"),
        ('{"tasks": 3}', "not built like a tree"),
        (json.dumps(tree(placed(beach=(0, 0)))), "no finished multi-arrangement"),
    ],
)
def test_other_trees_are_refused(tmp_path, content, words):
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(BadInput, match=words):
        read_trials(path)
