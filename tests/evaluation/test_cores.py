import threading

import pytest

from shapespace.evaluation.pairs.cores import n_cores, on_all_cores, spans


@pytest.mark.parametrize("n_threads", ["1", "3"])
def test_results_come_in_the_order_of_the_parts(monkeypatch, n_threads):
    monkeypatch.setenv("OMP_NUM_THREADS", n_threads)
    assert on_all_cores(lambda part: part**2, range(20)) == [part**2 for part in range(20)]


def test_parts_run_side_by_side(monkeypatch):
    # Each of the two waits for the other: one after the other they would never end.
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    both = threading.Barrier(2, timeout=30)
    on_all_cores(lambda _: both.wait(), range(2))


def test_one_thread_is_the_caller(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    found = on_all_cores(lambda _: threading.current_thread(), range(3))
    assert set(found) == {threading.current_thread()}


@pytest.mark.parametrize(("setting", "expected"), [("3", 3), ("1", 1)])
def test_the_number_of_threads_is_the_usual_setting(monkeypatch, setting, expected):
    monkeypatch.setenv("OMP_NUM_THREADS", setting)
    assert n_cores() == expected


@pytest.mark.parametrize("setting", ["", "0", "many"])
def test_without_a_setting_all_cores_at_hand_are_used(monkeypatch, setting):
    monkeypatch.setenv("OMP_NUM_THREADS", setting)
    assert n_cores() >= 1
    monkeypatch.delattr("os.sched_getaffinity", raising=False)  # as on macOS and Windows
    assert n_cores() >= 1


def test_spans_cover_every_place_once():
    assert spans(7, 3) == [slice(0, 3), slice(3, 6), slice(6, 7)]
    assert spans(0, 3) == []
