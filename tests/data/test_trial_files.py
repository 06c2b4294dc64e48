import numpy as np
import pandas as pd
import pytest

from shapespace.data.trials import reading
from shapespace.data.trials.aggregation import rated_pairs, to_ratings
from shapespace.data.trials.layouts import read_trials, write_trials
from shapespace.data.trials.reading import numbers, read_table
from shapespace.data.trials.simulation import simulate_ratings
from shapespace.errors import BadInput, ShapespaceError

SCALE = (1.0, 5.0)


@pytest.fixture
def put(tmp_path):
    def write(text: str | bytes, name: str = "ratings.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


def layout(found) -> str:
    return found.notes[0].split(":")[0].removeprefix("Read as ")


def responses(found) -> dict:
    """Responses by rater and pair, whatever the order of rows."""
    return {
        (row.rater, *sorted((row.stimulus1, row.stimulus2))): row.response
        for row in found.table.itertuples()
    }


TRUTH = {("s1", "ant", "bee"): 4.0, ("s1", "ant", "cat"): 2.0, ("s2", "bee", "cat"): 1.0}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "rater,stimulus1,stimulus2,response\ns1,ant,bee,4\ns1,cat,ant,2\ns2,bee,cat,1\n",
            "rows",
        ),
        ("Participant;Item1;Item2;Rating\ns1;ant;bee;4\ns1;cat;ant;2\ns2;bee;cat;1\n", "rows"),
        (
            "item1\titem2\tsubject\tsimilarity\nant\tbee\ts1\t4\ncat\tant\ts1\t2\nbee\tcat\ts2\t1",
            "rows",
        ),
        (
            "item1,item2,pair_type,s1,s2\nbee,ant,within,4,\nant,cat,within,2,\nbee,cat,x,,1\n",
            "rater columns",
        ),
        (
            "\ufeffstimulus1, stimulus2, s1, s2\r\nbee,ant,4,\r\nant,cat,2,\r\nbee,cat,,1\r\n",
            "rater columns",
        ),
        (
            "rater,paradigm,stimulus1,stimulus2,response,scale_low,scale_high\n"
            "s1,similarity,ant,bee,4,1,5\ns1,similarity,ant,cat,2,1,5\ns2,similarity,bee,cat,1,1,5\n",
            "trials",
        ),
    ],
)
def test_equal_ratings_in_any_layout_are_equal_trials(put, text, name):
    found = read_trials(put(text), kind="similarity", scale=SCALE)
    assert layout(found) == name
    assert responses(found) == TRUTH
    assert set(found.table["scale_high"]) == {5.0}


def test_the_studys_single_ratings_have_no_rater(put):
    rows = "".join(f"bowl-salt shaker,within,VV,visual,{r}\n" for r in (4, 4, 2))
    found = read_trials(put("pairID,pairType,visualType,ratingType,ratings\n" + rows))
    assert layout(found) == "study"
    assert found.raters == ()
    assert found.stimuli == ("bowl", "salt shaker")
    # Three ratings by nobody knows whom: 5 minus their mean of 10/3.
    assert to_ratings(rated_pairs(found)).flat[0] == pytest.approx(5 - 10 / 3, abs=1e-15)


def test_the_studys_means_are_read_as_of_one_rater(put):
    header = "pairID,pairType,visualType,ratingType,aggregator,ratings\n"
    found = read_trials(put(header + "ant-bowl,between,Mix,visual,median,3.0\n"))
    assert found.raters == ("median",)


def test_a_pair_with_hyphens_needs_the_list_of_stimuli(put):
    path = put("pairID,ratings\nT-shirt-coat,3\n")
    with pytest.raises(BadInput, match="'T-shirt-coat' cannot be taken apart in one way"):
        read_trials(path)
    found = read_trials(path, stimuli=["T-shirt", "coat"])
    assert found.stimuli == ("T-shirt", "coat")


def test_rows_and_columns_of_a_matrix_are_joined_by_id(put):
    # The columns are in another order than the rows.
    text = "item,cat,ant,bee\nant,2,0,1\nbee,3,1,0\ncat,0,2,3\n"
    found = read_trials(put(text, "anna.csv"), kind="dissimilarity")
    assert layout(found) == "matrix"
    assert responses(found) == {
        ("anna", "ant", "bee"): 1,
        ("anna", "ant", "cat"): 2,
        ("anna", "bee", "cat"): 3,
    }


def test_empty_cells_of_a_matrix_were_not_rated(put):
    found = read_trials(put("item,a,b,c\na,0,1,\nb,1,0,2\nc,,2,0\n"), kind="dissimilarity")
    assert len(found.table) == 2


def test_a_numpy_matrix_takes_its_ids_from_a_list(tmp_path):
    path = tmp_path / "anna.npy"
    np.save(path, np.array([[0.0, 1, 2, 3], [1, 0, 3, 2], [2, 3, 0, 1], [3, 2, 1, 0]]))
    found = read_trials(path, kind="dissimilarity", stimuli=["z", "a", "b", "c"])
    assert responses(found)[("anna", "a", "z")] == 1
    with pytest.raises(BadInput, match="holds positions, not names"):
        read_trials(path, kind="dissimilarity")
    with pytest.raises(BadInput, match="is 4 x 4, but 2 stimuli are named"):
        read_trials(path, kind="dissimilarity", stimuli=["a", "b"])


def test_attributes_are_read_from_rows_and_columns(put):
    rows = "item;ratingType;ratings\nowl;attentive;0.5\nowl;attentive;-0.5\n"
    found = read_trials(put(rows, "FORM.csv"))
    assert layout(found) == "attribute rows"
    assert set(found.table["attribute"]) == {"FORM (attentive)"}
    columns = "item;ratingType;FORM;LINES\nowl;attentive;0.5;1\nant;attentive;;0\n"
    found = read_trials(put(columns))
    assert layout(found) == "attribute columns"
    assert len(found.table) == 3
    named = "rater,stimulus,attribute,response,time\nr,owl,FORM,3,0.5\n"
    assert read_trials(put(named)).table["time"].tolist() == [0.5]


@pytest.mark.parametrize("name", ["trials.csv", "trials.parquet"])
def test_written_trials_are_read_back_unchanged(tmp_path, name):
    pytest.importorskip("pyarrow") if name.endswith("parquet") else None
    simulated = simulate_ratings(generator=np.random.default_rng(0), n_items=6, n_raters=3)
    write_trials(tmp_path / name, simulated.trials)
    found = read_trials(tmp_path / name)
    pd.testing.assert_frame_equal(found.table, simulated.trials.table)


def test_without_pyarrow_a_sentence_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    trials = simulate_ratings(generator=np.random.default_rng(0), n_items=4).trials
    with pytest.raises(ShapespaceError, match=r"need the package pyarrow"):
        write_trials(tmp_path / "trials.parquet", trials)


HOSTILE = [
    (b"", "is empty"),
    (b"\n\n \n", "nothing but blank lines"),
    ("item1,item2,response\nä,b,1".encode("latin-1"), "not in UTF-8 \\(byte 22\\)"),
    (b"\x00\x01\x02", "is no text"),
    (b"item1,item2,s1\n", "holds no rows"),
    (b"item1,item2,s1,s1\na,b,1,2\n", "Two columns of .* are called 's1'"),
    (b"a,b\n1,2\n3,4,5,6\n", "is not a table"),
    (b"colour,size\nred,3\n", "no known layout"),
    (b"item1,item2,rating\na,b,often\n", "'often' \\(row 1\\) is not a number"),
    (b'item1,item2,rating\na,b,"1,5"\n', "Write a point"),
    (b"item1,item2,s1\na,b,3\nb,c,x\n", "'x' \\('b' and 'c'\\) is not a number"),
    (b"item1,item2,type\na,b,x\n", "No column holds ratings"),
    (b"item1,item2,rating\na,b,9\n", "outside the scale from 1 to 5"),
    (b"item1,item2,rating\na,a,3\n", "compared with itself"),
    (b"item1,item2,rater,rating\na,b,s,3\nb,a,s,3\n", "two responses"),
    (b"item1,item2,dissimilarity\na,b,3\n", "holds a dissimilarity, but similarity"),
    (b"item,a,b\na,0,1\na,1,0\n", "two rows for 'a'"),
    (b"item,a,b,c\na,0,1,2\nb,1,0,3\n", "no row for 'c'"),
    (b"item,a,b\na,0,1\nb,2,0\n", "'a' to 'b' is 1, and back 2"),
    (b"item,a,b\na,0,x\nb,2,0\n", "column 'b' 'x' \\(a\\) is not a number"),
    (b"pairID,ratingType,ratings\na-b,visual,1\na-b,conceptual,1\n", "several kinds"),
    (b"pairID,ratings\nab,1\n", "cannot be taken apart"),
    (b"stimulus,response\nowl,1\n", "Name the attribute"),
    (b"stimulus,colour\nowl,red\n", "No column holds values of an attribute"),
]


@pytest.mark.parametrize(("content", "words"), HOSTILE)
def test_broken_files_are_one_plain_sentence(put, content, words):
    with pytest.raises(BadInput, match=words) as caught:
        read_trials(put(content), kind="similarity", scale=SCALE)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ratings.pkl", "files that run code"),
        ("ratings.xlsx", "save it as CSV"),
        ("ratings.npy", "not a plain numpy array"),
        ("ratings.mat", "not a Matlab file"),
        ("ratings.h5", "not an HDF5 file"),
    ],
)
def test_files_of_other_kinds_are_refused(put, name, words):
    with pytest.raises(BadInput, match=words):
        read_trials(put(b"\x80\x04rubbish", name), stimuli=["a"])


def test_text_that_is_no_json_is_refused(put):
    with pytest.raises(BadInput, match="not a JSON file"):
        read_trials(put("{'tasks': []}", "ratings.json"))


def test_a_pickled_array_is_never_opened(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(BadInput, match="not a plain numpy array"):
        read_trials(path, stimuli=["a"])
    np.save(path, np.zeros(3))
    with pytest.raises(BadInput, match="one matrix of numbers"):
        read_trials(path, stimuli=["a"])


def test_a_damaged_parquet_file_is_refused(put):
    pytest.importorskip("pyarrow")
    with pytest.raises(BadInput, match="not a parquet file"):
        read_trials(put(b"PAR1rubbish", "x.parquet"))


def test_missing_and_huge_files_are_refused(tmp_path, monkeypatch):
    with pytest.raises(BadInput, match="There is no file"):
        read_trials(tmp_path / "none.csv")
    (tmp_path / "big.csv").write_text("a,b\n1,2\n")
    monkeypatch.setattr(reading, "MAX_BYTES", 3)
    with pytest.raises(BadInput, match="Split it by rater"):
        read_table(tmp_path / "big.csv")


def test_the_meaning_of_a_rating_has_to_be_said(put):
    path = put("item1,item2,rating\na,b,3\n")
    with pytest.raises(BadInput, match="--kind similarity"):
        read_trials(path)


def test_empty_cells_are_missing_numbers():
    found = numbers(pd.Series(["1", "", "NA", "2e1"]), "The value")
    assert np.array_equal(found, [1, np.nan, np.nan, 20], equal_nan=True)
