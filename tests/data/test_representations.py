import numpy as np
import pandas as pd
import pytest

from shapespace.data import representations
from shapespace.data.representations import Representation, read_ids, read_representation
from shapespace.data.trials.features_folder import write_features_folder
from shapespace.data.trials.matrices import read_npy
from shapespace.errors import BadInput

IDS = ("dog", "cat", "cow")
CODES = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.5]])


def table():
    return pd.DataFrame({"id": IDS, "a": CODES[:, 0], "b": CODES[:, 1]})


def written(folder, kind):
    """Write the same vectors in one of the layouts."""
    path = folder / f"mine.{kind}"
    if kind == "npy":
        np.save(path, CODES)
        (folder / "mine.ids.txt").write_text("\n".join(IDS))
    elif kind in ("csv", "tsv"):
        table().to_csv(path, index=False, sep="," if kind == "csv" else "\t")
    elif kind == "parquet":
        table().to_parquet(path)
    elif kind == "vectors.parquet":
        pd.DataFrame({"item": IDS, "note": "x", "v": CODES.tolist()}).to_parquet(path)
    elif kind == "indexed.parquet":
        table().set_index("id").to_parquet(path)
    else:
        path = folder / "mine"
        write_features_folder(path, IDS, CODES)
    return path


@pytest.mark.parametrize(
    "kind", ["npy", "csv", "tsv", "parquet", "vectors.parquet", "indexed.parquet", "folder"]
)
def test_every_layout_gives_the_same_vectors(tmp_path, kind):
    found = read_representation(written(tmp_path, kind))
    assert found.ids == IDS
    np.testing.assert_array_equal(found.codes, CODES)
    np.testing.assert_array_equal(found.of(["cow", "dog"]), CODES[[2, 0]])


def test_rows_are_named_by_a_list_that_is_given(tmp_path):
    np.save(tmp_path / "mine.npy", CODES)
    with pytest.raises(BadInput, match=r"in mine.ids.txt beside it, or give them with --ids"):
        read_representation(tmp_path / "mine.npy")
    (tmp_path / "names.csv").write_text("number,id\n1,x\n2,y\n3,z\n")
    found = read_representation(tmp_path / "mine.npy", ids=tmp_path / "names.csv")
    assert found.ids == ("x", "y", "z")
    (tmp_path / "names.csv").write_text("number,name\n1,x\n")
    with pytest.raises(BadInput, match="no column 'id'"):
        read_ids(tmp_path / "names.csv")


def test_every_missing_stimulus_is_named_and_near_ones_are_hinted_at():
    found = Representation(name="mine", ids=IDS, codes=CODES, source="table")
    with pytest.raises(BadInput, match=r"2 rated stimuli are not in mine: 'Dog', 'hen'.*'dog'"):
        found.of(["Dog", "cat", "hen"])


@pytest.mark.parametrize(
    ("ids", "codes", "words"),
    [
        (IDS[:2], CODES, "3 rows, but 2 ids"),
        (("dog", "dog", "cow"), CODES, "1 ids twice, such as 'dog'"),
        (("dog", "", "cow"), CODES, "Row 2 of mine has no id"),
        (IDS, CODES * [1, np.nan], "nan or infinity in 3 of 3 rows, such as that of 'dog'"),
        (IDS, np.where(CODES == 3, np.inf, CODES), "in 1 of 3 rows, such as that of 'cat'"),
        (IDS, CODES[:, :0], "holds no numbers"),
    ],
)
def test_what_cannot_be_is_refused(ids, codes, words):
    with pytest.raises(BadInput, match=words):
        Representation(name="mine", ids=ids, codes=codes, source="table")


def test_too_much_is_refused(monkeypatch, tmp_path):
    path = written(tmp_path, "parquet")
    monkeypatch.setattr(representations, "MAX_CELLS", 5)
    with pytest.raises(BadInput, match="holds 6 numbers; up to 5"):
        Representation(name="mine", ids=IDS, codes=CODES, source="table")
    with pytest.raises(BadInput, match="unpacks to 9 cells; up to 5"):
        read_representation(path)


def test_files_that_run_code_or_lie_are_refused(tmp_path):
    np.save(tmp_path / "objects.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(BadInput, match="not a plain numpy array"):
        read_npy(tmp_path / "objects.npy")
    whole = (tmp_path / "mine.npy", tmp_path / "long.npy")
    np.save(whole[0], CODES)
    # A header that claims a million times as many rows as the file holds.
    content = whole[0].read_bytes().replace(b"(3, 2), }      ", b"(3000000, 2), }")
    assert len(content) == len(whole[0].read_bytes())
    whole[1].write_bytes(content)
    with pytest.raises(BadInput, match="not a plain numpy array"):
        read_npy(whole[1])
    np.savez(tmp_path / "archive.npz", a=CODES)
    (tmp_path / "archive.npz").rename(tmp_path / "archive.npy")
    with pytest.raises(BadInput, match="is an archive"):
        read_npy(tmp_path / "archive.npy")
    np.save(tmp_path / "line.npy", CODES[0])
    with pytest.raises(BadInput, match="one matrix of numbers"):
        read_npy(tmp_path / "line.npy")
    (tmp_path / "weights.pt").write_bytes(b"x")
    with pytest.raises(BadInput, match="run code when opened"):
        read_representation(tmp_path / "weights.pt")
    with pytest.raises(BadInput, match="no file"):
        read_representation(tmp_path / "nothing.pkl")


def test_damaged_tables_are_refused(tmp_path):
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 not really PAR1")
    with pytest.raises(BadInput, match="not a parquet file"):
        read_representation(tmp_path / "bad.parquet")
    (tmp_path / "text.csv").write_text("id,a\ndog,loud\n")
    with pytest.raises(BadInput, match=r"Column 'a': 'loud' \(dog\) is not a number"):
        read_representation(tmp_path / "text.csv")
    (tmp_path / "ids.csv").write_text("id\ndog\n")
    with pytest.raises(BadInput, match="no column of numbers"):
        read_representation(tmp_path / "ids.csv")
    pd.DataFrame({"id": IDS, "a": [1, 2, 3], "b": list("xyz")}).to_parquet(
        tmp_path / "text.parquet"
    )
    with pytest.raises(BadInput, match="'b' of text"):
        read_representation(tmp_path / "text.parquet")
    pd.DataFrame({"id": ["x", "y"], "v": [[1.0], [1.0, 2.0]]}).to_parquet(
        tmp_path / "v.parquet"
    )
    with pytest.raises(BadInput, match="not all of one length"):
        read_representation(tmp_path / "v.parquet")
