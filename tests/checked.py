"""Types and shapes are checked at every call of shapespace, as long as its tests run."""

from collections.abc import Callable

from beartype import beartype


def checked(function: Callable) -> Callable:
    """Return a function that checks what it is given and gives.

    Functions within functions are left alone: they are made anew, and so would their checks be,
    at every call of the outer one. That took a third of the time of some files.
    """
    return function if "<locals>" in function.__qualname__ else beartype(function)
