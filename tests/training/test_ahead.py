"""What is made ahead comes in turn, and what goes wrong shows where it is asked for."""

import threading

import pytest
import torch

from shapespace.training.ahead import AHEAD, made_ahead


def test_results_come_in_turn_each_made_once():
    made = []
    with made_ahead(lambda step: made.append(step) or step * 10, 3, 9) as next_one:
        assert [next_one() for _ in range(6)] == [30, 40, 50, 60, 70, 80]
    assert made == [3, 4, 5, 6, 7, 8]


def test_another_thread_works_ahead_but_not_far():
    made, threads = [], set()

    def make(step: int) -> int:
        threads.add(threading.current_thread())
        made.append(step)
        return step

    with made_ahead(make, 0, 100) as next_one:
        for step in range(5):
            assert next_one() == step
            assert len(made) <= step + 1 + AHEAD
    assert threading.current_thread() not in threads
    assert len(made) <= 5 + AHEAD


def test_a_mistake_is_raised_where_its_result_is_asked_for():
    with made_ahead(lambda step: 6 // (2 - step), 0, 9) as next_one:
        assert [next_one(), next_one()] == [3, 6]
        with pytest.raises(ZeroDivisionError):
            next_one()


def test_no_thread_stays_behind_and_the_number_of_threads_is_kept():
    before, n_threads = threading.active_count(), torch.get_num_threads()

    def leave_early() -> None:
        with made_ahead(lambda step: torch.get_num_threads(), 0, 9) as next_one:
            assert next_one() == 1
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        leave_early()
    assert threading.active_count() == before
    assert torch.get_num_threads() == n_threads


def test_there_may_be_nothing_to_make():
    with made_ahead(lambda step: step, 4, 4):
        pass
