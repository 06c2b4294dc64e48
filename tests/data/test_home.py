"""Where sets lie, and what they may be called."""

import numpy as np
import pytest

from shapespace.data.home import data_home, names_of_sets, open_set, set_directory
from shapespace.data.packed import SetInfo
from shapespace.data.packing import Item, pack
from shapespace.errors import BadInput


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SHAPESPACE_DATA", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_environment_says_where_sets_lie(home):
    assert data_home() == home
    assert set_directory("birds") == home / "birds"


def test_without_the_environment_they_lie_with_the_users_data(monkeypatch):
    monkeypatch.delenv("SHAPESPACE_DATA")
    assert data_home().parts[-2:] == ("shapespace", "data")


@pytest.mark.parametrize("name", ["", ".", "..", "../x", "a/b", "a\\b", "C:", ".hidden", "a\0"])
def test_names_that_could_lead_elsewhere_are_refused(name):
    with pytest.raises(BadInput, match="cannot be the name of a set"):
        set_directory(name)


def test_sets_are_listed_and_opened_by_name(home):
    assert names_of_sets() == []
    scan = np.array([[0, 255], [255, 255]], np.uint8)
    for name in ("b", "ä"):
        info = SetInfo(name=name, side=2, n_images=0, bits=False, turnable=True)
        pack([Item(id="1", scan=scan)], info, set_directory(name))
    (home / "not a set").mkdir()
    assert names_of_sets() == ["b", "ä"]
    assert len(open_set("ä")) == 1
    with pytest.raises(BadInput, match="no packed set"):
        open_set("c")
