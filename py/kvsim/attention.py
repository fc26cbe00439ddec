"""What is stored and what is read of one request: the two answers of its KV policy, as ranges of positions.

Ranges ascend and do not overlap. A policy says what a query would read; what lies in a hole of the block table nobody reads.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kvsim.board import Board
from kvsim.policies import KVPolicy, policy_of
from kvsim.recording import Recording

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


class Glance(NamedTuple):
    """The two answers at one position of a run, in a few ranges."""

    computed: int  # how many positions have, or had, KV
    written: range
    reads: Ranges  # by the last of the written
    stored: Ranges


class Trail(NamedTuple):
    """What was read and stored of one request all along a run: a glance for each position, and what each query read."""

    glances: tuple[Glance, ...]
    rows: tuple[Ranges, ...]
    most_blocks: int  # held at any position


def trail(recording: Recording, request: str) -> Trail:
    """Follow one request through a run. Time: the whole run."""
    board, place = Board(recording.scenario), 0
    policy, size = policy_of(recording.scenario.config), recording.scenario.config.block_size
    glances, rows, most_blocks = [Glance(0, range(0), (), ())], list[Ranges](), 0
    for position in range(1, recording.last_position + 1):
        upto = recording.place(position)
        board.apply(recording.events[place:upto])
        place = upto
        now = board.requests.get(request)
        if now is None:
            glances.append(glances[-1])
            continue
        kept = stored(now.table, now.computed, size)
        written = range(now.scheduled.start, now.scheduled.start + now.scheduled.count) if now.scheduled else range(0)
        if written:  # after a preemption, once more
            rows[written.start :] = [read(policy, query, kept) for query in written]
        most_blocks = max(most_blocks, sum(block is not None for block in now.table))
        glances.append(Glance(now.computed, written, rows[-1] if written else (), kept))
    return Trail(tuple(glances), tuple(rows), most_blocks)
