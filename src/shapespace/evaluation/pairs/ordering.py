"""The ascending order of many values: numpy's fastest sort, which sorts numbers but no places."""

import numpy as np
from jaxtyping import Bool, Int
from numpy import ndarray

from shapespace.arrays import Flat
from shapespace.evaluation.pairs.cores import n_cores, on_all_cores, spans

Places = Int[ndarray, " place"]
Starts = Bool[ndarray, " place"]

PACKED_FROM = 1 << 16
"""Values from which packing pays; fewer are sorted by numpy's own stable argsort."""

CHUNK = 1 << 16
"""Values worked on at a time, so that what is in between stays small."""

MOST_SWAPS = 16
"""Rounds of swapping neighbours after which the values are taken to be too close together."""


def ascending(values: Flat) -> tuple[Places, Starts]:
    """Return the places of the values from the lowest to the highest, equal ones in their order.

    Equals `argsort` with kind="stable" and is several times as fast for many values: each value
    is rounded down to the bits that a 64-bit number has left beside its place, these numbers
    are sorted in parts on all cores, and the few neighbours that rounding left in the wrong
    order are swapped.

    Args:
        values: Any numbers but nan.

    Returns:
        The places, as 32-bit numbers where these are enough, and for each of them whether its
        value differs from the one before, so that a run of equal values begins.
    """
    starts = np.ones(len(values), bool)
    if len(values) >= PACKED_FROM:
        order = _sorted_on_all_cores(*_packed(values), starts)
        if _settle(order, starts, values):
            return order, starts
        del order
    order = np.argsort(values, kind="stable")
    starts[1:] = np.diff(values[order]) > 0
    return order, starts


def whole_runs(starts: Starts, size: int = CHUNK) -> list[slice]:
    """Return slices of about this size that cut no run of equal values in two."""
    cuts = [0]
    for cut in range(size, len(starts), size):
        ahead = int(np.argmax(starts[cut:]))
        if starts[cut + ahead] and cut + ahead > cuts[-1]:
            cuts.append(cut + ahead)
    return [slice(a, b) for a, b in zip(cuts, [*cuts[1:], len(starts)], strict=True)]


def _packed(values: Flat) -> tuple[ndarray, int]:
    """Return numbers in the order of the values with their places in the lowest bits."""
    n, n_bits = len(values), (len(values) - 1).bit_length()
    keys = np.empty(n, np.uint64)
    ends = np.array([values.min(), values.max()], np.float64) + 0.0
    any_negative = bool(ends[0] < 0)
    _turn(ends.view(np.uint64), any_negative)
    lowest, highest = ends.view(np.uint64)
    dropped = max(int(highest - lowest).bit_length() + n_bits - 64, 0)

    def pack(span: slice) -> None:
        part = keys[span]
        # Adding zero makes minus zero plus zero, which it equals.
        np.add(values[span], 0.0, out=part.view(np.float64))
        _turn(part, any_negative)
        part -= lowest
        part >>= np.uint64(dropped)
        part <<= np.uint64(n_bits)
        part |= np.arange(span.start, span.stop, dtype=np.uint64)

    on_all_cores(pack, spans(n, CHUNK))
    return keys, n_bits


def _turn(bits: ndarray, any_negative: bool) -> None:
    """Change the bits of numbers, in place, so that they rise with them."""
    if any_negative:
        bits ^= (bits.view(np.int64) >> 63).view(np.uint64) | np.uint64(1 << 63)


def _sorted_on_all_cores(keys: ndarray, n_bits: int, starts: Starts) -> Places:
    """Sort the keys and return their lowest bits, kept where the keys were to save memory.

    Where a key differs from the one before in other bits as well is noted in `starts`.
    """
    n, n_parts = len(keys), n_cores()
    cuts = [n * part // n_parts for part in range(n_parts + 1)]
    if n_parts > 1:
        keys.partition(cuts[1:-1])
    on_all_cores(lambda part: keys[cuts[part] : cuts[part + 1]].sort(), range(n_parts))

    def compare(span: slice) -> None:
        here = keys[max(span.start - 1, 0) : span.stop] >> np.uint64(n_bits)
        starts[max(span.start, 1) : span.stop] = here[1:] != here[:-1]

    on_all_cores(compare, spans(n, CHUNK))
    mask = np.uint64((1 << n_bits) - 1)
    if n_bits > 31:
        keys &= mask
        return keys.view(np.int64)
    places = keys.view(np.int32)[:n]
    for span in spans(n, CHUNK):  # from the front: only what was read is overwritten
        places[span] = keys[span] & mask
    return places


def _settle(order: Places, starts: Starts, values: Flat) -> bool:
    """Swap neighbours in the wrong order until there are none; False if there are too many.

    Only those can be whose keys differ in nothing but the place, so only they are looked at.
    """

    def compare(span: slice) -> ndarray:
        alike = span.start + np.flatnonzero(~starts[span])
        high, low = values[order[alike]], values[order[alike - 1]]
        starts[alike] = high != low
        return alike[high < low] - 1

    wrong = np.concatenate(on_all_cores(compare, spans(len(order), CHUNK)))

    def settle(wrong: ndarray) -> bool:
        for _ in range(MOST_SWAPS):
            if len(wrong) == 0:
                return True
            first = wrong[np.diff(wrong, prepend=-2) > 1]
            order[first], order[first + 1] = order[first + 1], order[first]
            near = np.unique(np.concatenate([wrong, first - 1, first + 1]))
            near = near[(near >= 0) & (near < len(order) - 1)]
            low, high = values[order[near]], values[order[near + 1]]
            starts[near + 1] = low != high
            wrong = near[high < low]
        return False

    return all(on_all_cores(settle, _apart(wrong)))


def _apart(wrong: ndarray) -> list[ndarray]:
    """Split places, sorted, into parts so far from each other that no swap reaches another."""
    gaps = np.flatnonzero(np.diff(wrong) > 2 * MOST_SWAPS + 2) + 1
    wanted = np.searchsorted(gaps, np.arange(CHUNK, len(wrong), CHUNK))
    cuts = np.unique(gaps[wanted[wanted < len(gaps)]])
    return np.split(wrong, cuts)
