"""What evaluation writes is JSON that any program reads."""

from shapespace.studies.runs.evaluating import without_nan


def test_what_is_undefined_becomes_null_at_any_depth():
    found = without_nan({"a": [float("nan"), 1.5, {"b": float("inf")}], "c": "nan", "d": 0})
    assert found == {"a": [None, 1.5, {"b": None}], "c": "nan", "d": 0}
