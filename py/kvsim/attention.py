"""What is stored and what is read of one request: the two answers of its KV policy, as ranges of positions.

Ranges ascend and do not overlap. A policy says what a query would read; what lies in a hole of the block table nobody reads.
"""

from collections.abc import Iterable, Sequence

from kvsim.policies import KVPolicy

Ranges = tuple[range, ...]


def stored(table: Sequence[int | None], computed: int, block_size: int) -> Ranges:
    """The positions below `computed` whose block is still in the table. Time: the length of the table."""
    found: list[range] = []
    for index, block in enumerate(table):
        start, stop = index * block_size, min((index + 1) * block_size, computed)
        if block is None or start >= stop:
            continue
        if found and found[-1].stop == start:
            found[-1] = range(found[-1].start, stop)
        else:
            found.append(range(start, stop))
    return tuple(found)


def read(policy: KVPolicy, position: int, kept: Iterable[range]) -> Ranges:
    """What the query at `position` reads of what is `kept`."""
    kept = tuple(kept)
    both = (range(max(one.start, other.start), min(one.stop, other.stop)) for one in policy.reads(position) for other in kept)
    return tuple(part for part in both if part)


def count(ranges: Iterable[range]) -> int:
    """How many positions these are."""
    return sum(map(len, ranges))
