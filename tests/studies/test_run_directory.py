import json

import numpy as np
import pytest

from shapespace.errors import BadInput
from shapespace.studies.runs.run_directory import RunDirectory


@pytest.fixture
def run(tmp_path):
    return RunDirectory(tmp_path)


def test_what_is_not_there_yet_is_answered_with_what_to_do(run):
    with pytest.raises(BadInput, match="not a run directory"):
        run.config()
    with pytest.raises(BadInput, match="shapespace train"):
        run.provenance()
    with pytest.raises(BadInput, match="shapespace evaluate"):
        run.results()
    with pytest.raises(BadInput, match=r"results-birds\.json.*shapespace evaluate"):
        run.results("birds")
    with pytest.raises(BadInput, match="shapespace evaluate"):
        run.codes()
    assert run.history().empty


def test_a_damaged_file_is_named(run):
    run.config_file.write_text("{")
    with pytest.raises(BadInput, match=r"config\.json cannot be read"):
        run.config()
    run.history_file.write_bytes(b'\xff\xfe\x00"')
    with pytest.raises(BadInput, match=r"history\.csv cannot be read"):
        run.history()


def test_codes_come_back_with_their_ids(run):
    codes = np.arange(6.0).reshape(2, 3)
    np.savez(run.codes_file, ids=np.array(["ant", "bell pepper"]), codes=codes)
    ids, found = run.codes()
    assert ids == ["ant", "bell pepper"]
    np.testing.assert_array_equal(found, codes)


def test_codes_that_are_pickled_are_refused(run):
    np.savez(run.codes_file, ids=np.array([object()]), codes=np.zeros((1, 2)))
    with pytest.raises(BadInput, match="no codes"):
        run.codes()


def test_a_run_is_finished_when_its_provenance_says_so(run):
    assert not run.is_finished
    run.provenance_file.write_text(json.dumps({"finished": False}))
    assert not run.is_finished
    run.provenance_file.write_text(json.dumps({"finished": True}))
    assert run.is_finished
