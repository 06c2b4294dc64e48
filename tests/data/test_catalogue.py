"""The public collections: their addresses, and what to say of them."""

import pytest

from shapespace.data.catalogue import COLLECTIONS, addresses, file_name, find
from shapespace.errors import BadInput


def test_every_collection_says_where_it_is_from_and_what_it_asks():
    assert set(COLLECTIONS) == {"tuberlin", "sketchy", "quickdraw"}
    for name, collection in COLLECTIONS.items():
        assert name == collection.name
        assert collection.page.startswith("http")
        assert collection.address.startswith("https://")
        assert collection.licence
        assert collection.citation


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(BadInput, match="tuberlin, sketchy, quickdraw"):
        find("imagenet")


def test_classes_become_addresses_with_spaces_written_out():
    found = addresses(find("quickdraw"), ("cat", "The Eiffel Tower"))
    assert [url.rsplit("/", 1)[1] for url in found] == [
        "cat.ndjson",
        "The%20Eiffel%20Tower.ndjson",
    ]
    assert [file_name(url) for url in found] == ["cat.ndjson", "The Eiffel Tower.ndjson"]


def test_a_class_cannot_lead_to_another_folder():
    (url,) = addresses(find("quickdraw"), ("../../secret",))
    assert "/../" not in url
    assert "/" not in file_name(url)


def test_a_mirror_takes_the_place_of_the_folder():
    assert addresses(find("tuberlin"), (), "http://here/x/") == [
        "http://here/x/sketches_png.zip"
    ]
    assert addresses(find("sketchy"), (), "http://here") == ["http://here/rendered_256x256.7z"]
    assert addresses(find("quickdraw"), ("a b",), "http://here") == ["http://here/a%20b.ndjson"]


def test_classes_are_asked_for_where_needed_and_refused_where_not():
    with pytest.raises(BadInput, match="--classes cat dog"):
        addresses(find("quickdraw"), ())
    with pytest.raises(BadInput, match="comes whole"):
        addresses(find("tuberlin"), ("cat",))
