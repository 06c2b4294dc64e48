"""Names of files become ids and classes that cannot clash."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shapespace.data.listing import Listing, ids, labels, natural_order, printable, stem

NAMES = st.text(st.sampled_from("abA1.é"), min_size=1, max_size=4)
PATHS = st.lists(
    st.builds(lambda a, b, c: f"{a}/{b}/{c}.png", NAMES, NAMES, NAMES), unique=True, max_size=12
)


@settings(deadline=None)
@given(PATHS)
def test_ids_are_unique_whatever_the_paths(paths):
    # One exception, which packing reports: paths that differ only in composition of accents.
    assert len(set(ids(paths))) == len({printable(path) for path in paths})


def test_a_name_taken_twice_is_told_apart_by_its_class_and_else_by_its_path():
    paths = ["png/cat/1.png", "png/dog/1.png", "png/dog/2.png", "a/x/3.png", "b/x/3.png"]
    assert ids(paths) == ["cat/1", "dog/1", "2", "a/x/3.png", "b/x/3.png"]


def test_two_formats_of_one_drawing_keep_both():
    assert ids(["a.png", "a.svg"]) == ["a.png", "a.svg"]


def test_the_class_is_the_folder():
    assert labels(["png/cat/1.png", "png/door handle/1.png"]) == ["cat", "door handle"]


def test_a_single_folder_is_no_class():
    assert labels(["drawings/1.png", "drawings/2.png"]) == ["", ""]
    assert labels([]) == []


def test_order_is_by_number_and_keeps_folders_together():
    paths = ["door handle/1.png", "door/10.png", "door/9.png", "2/a.png", "10/a.png"]
    assert sorted(paths, key=natural_order) == [
        "2/a.png", "10/a.png", "door/9.png", "door/10.png", "door handle/1.png",
    ]  # fmt: skip


@settings(deadline=None)
@given(st.text())
def test_any_name_can_be_printed_and_written(name):
    assert printable(name).isprintable()
    printable(name).encode()


def test_names_of_any_alphabet_stay_as_they_are():
    assert printable("кошка 猫 é") == "кошка 猫 é"
    assert printable("e\u0301") == "é"
    assert printable("a\x1b[31m\udcff") == "a\\u001b[31m\\udcff"


def test_stem_drops_folders_and_ending():
    assert stem("a/b.c/d.e.png") == "d.e"


def test_litter_is_passed_over_and_everything_else_accounted_for():
    listing = Listing()
    for path in ("a.PNG", ".b.png", "__MACOSX/c.png", "x/.git/d.png", "e.gif", "f.txt", "g"):
        listing.offer(path, 10, bytes)
    listing.offer("h.png", 65 * 2**20, bytes)
    assert [file.path for file in listing.files] == ["a.PNG"]
    assert [skipped.source for skipped in listing.skipped] == ["e.gif", "h.png"]
    assert listing.other == ["f.txt", "g"]
