"""The board, read for drawing one request: what each token, slot, block and table entry should look like.

Views of what did not change are the same objects as a step before (the caches below), so that drawings can be compared by identity.
"""

from functools import lru_cache
from typing import Literal, NamedTuple

from kvsim import attention
from kvsim.attention import Ranges
from kvsim.blocks import NULL_BLOCK
from kvsim.board import Board, RequestOnBoard
from kvsim.events import Preempted, Released, Taken
from kvsim.policies import KVPolicy, policy_of
from kvsim.recording import Recording
from kvsim.tokens import shown

State = Literal["hole", "written", "read", "stored", "empty"]
"""What a position's KV is in this step; where two are true, the earlier one is said."""

Owner = Literal["null", "other", "free", "cached", "ours"]
"""Who has a block; `cached` is free too, but what lies in it can still be found."""


class TokenView(NamedTuple):
    """A token that is known by now."""

    position: int
    label: str
    state: State
    read: bool = False  # by the step's last query; a token that is written now is read too
    pinned: bool = False
    sampled: bool = False  # the model said it in this step


class BlockView(NamedTuple):
    """A physical block, whoever has it."""

    block: int
    size: int
    owner: Owner
    logical: int | None = None  # its place in our block table, or, cached, the last one it had
    note: Literal["", "next", "released"] = ""  # at the front of the free queue; given back in this step
    tokens: tuple[TokenView, ...] = ()  # what lies in its first slots, if it is or was ours


class EntryView(NamedTuple):
    """An entry of the block table."""

    logical: int
    block: int | None  # None: a hole, or, `asked_in_vain`, none is free
    is_new: bool = False
    asked_in_vain: bool = False
    released: int | None = None  # the block that it gave back in this step


class View(NamedTuple):
    """One request at one moment."""

    request: str
    position: int  # the step that is shown
    last_position: int
    block_size: int
    policy: KVPolicy
    labels: tuple[str, ...]  # the whole text, also what is still to come
    of_prompt: int
    tokens: tuple[TokenView, ...]  # what is known by now
    computed: int  # how many of them have, or had, KV
    written: range  # positions
    reads: Ranges  # by the last of the written
    stored: Ranges
    entries: tuple[EntryView, ...]
    logical_blocks: int  # how many entries the table can come to have
    blocks: tuple[BlockView, ...]
    free: tuple[int, ...]

    @property
    def query(self) -> int | None:
        """The last position that is computed in this step."""
        return self.written[-1] if self.written else None

    @property
    def num_stored(self) -> int:
        return attention.count(self.stored)

    @property
    def num_read(self) -> int:
        return attention.count(self.reads)


def view_of(recording: Recording, position: int, board: Board) -> View:
    """The lone request of a recording at a position whose board is given."""
    spec = recording.scenario.requests[0]
    size, policy = recording.scenario.config.block_size, policy_of(recording.scenario.config)
    labels = _labels(spec.prompt + spec.answer[: spec.most_tokens])
    request = board.requests.get(spec.id) or RequestOnBoard(len(spec.prompt))
    now = request.scheduled
    written = range(now.start, now.start + now.count) if now else range(0)
    stored = attention.stored(request.table, request.computed, size)
    reads = attention.read(policy, written[-1], stored) if written else ()
    sampled = len(request.sampled.tokens) if request.sampled else 0
    tokens = _tokens(labels[: request.tokens], request.computed, written, reads, stored, policy.pinned, sampled)
    entries = _entries(recording, position, request.table)
    released = [entry.released for entry in entries if entry.released is not None]
    return View(
        spec.id,
        position,
        recording.last_position,
        size,
        policy,
        labels,
        len(spec.prompt),
        tokens,
        request.computed,
        written,
        reads,
        stored,
        entries,
        max(-(-(len(labels) - 1) // size), len(entries)),
        _blocks(board, request.table, tokens, released, size),
        tuple(board.free),
    )


@lru_cache(maxsize=16)
def _labels(tokens: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(shown, tokens))


def _tokens(labels: tuple[str, ...], computed: int, written: range, reads: Ranges, stored: Ranges, pinned: range, sampled: int) -> tuple[TokenView, ...]:
    states: list[State] = ["empty"] * len(labels)
    states[:computed] = ["hole"] * computed
    is_read = [False] * len(labels)
    for part in stored:
        states[part.start : part.stop] = ["stored"] * len(part)
    for part in reads:
        states[part.start : part.stop] = ["read"] * len(part)
        is_read[part.start : part.stop] = [True] * len(part)
    states[written.start : written.stop] = ["written"] * len(written)
    newest = len(labels) - sampled
    return tuple(
        [
            _token(position, label, states[position], is_read[position], position in pinned and states[position] not in ("hole", "empty"), position >= newest)
            for position, label in enumerate(labels)
        ]
    )


@lru_cache(maxsize=4096)
def _token(position: int, label: str, state: State, read: bool, pinned: bool, sampled: bool) -> TokenView:
    return TokenView(position, label, state, read, pinned, sampled)


def _entries(recording: Recording, position: int, table: list[int | None]) -> tuple[EntryView, ...]:
    events = recording.step_events(position)
    new = {event.index for event in events if isinstance(event, Taken)}
    gone = {event.index: event.block for event in events if isinstance(event, Released) and event.why in ("window", "yielded")}
    entries = [EntryView(index, block, index in new, False, gone.get(index)) for index, block in enumerate(table)]
    if any(isinstance(event, Preempted) for event in events):
        entries.append(EntryView(len(table), None, asked_in_vain=True))
    return tuple(entries)


def _blocks(board: Board, table: list[int | None], tokens: tuple[TokenView, ...], released: list[int], size: int) -> tuple[BlockView, ...]:
    views = list(_others(len(board.ref_counts), size))
    free = _free(len(board.ref_counts), size)
    for block in board.free:
        views[block] = free[block]
    for block, (_, index) in board.last_holder.items():
        views[block] = _block(block, size, "cached", index, "", tokens[index * size : (index + 1) * size])
    first = next(iter(board.free), None)
    if first is not None:
        views[first] = views[first]._replace(note="next")
    for block in released:
        if block in board.free:
            views[block] = views[block]._replace(note="released")
    for index, held in enumerate(table):
        if held is not None:
            views[held] = _block(held, size, "ours", index, "", tuple([t for t in tokens[index * size : (index + 1) * size] if t.state != "empty"]))
    return tuple(views)


@lru_cache(maxsize=8)
def _others(blocks: int, size: int) -> tuple[BlockView, ...]:
    return tuple(BlockView(block, size, "null" if block == NULL_BLOCK else "other") for block in range(blocks))


@lru_cache(maxsize=8)
def _free(blocks: int, size: int) -> tuple[BlockView, ...]:
    return tuple(BlockView(block, size, "free") for block in range(blocks))


@lru_cache(maxsize=4096)
def _block(block: int, size: int, owner: Owner, logical: int | None, note: Literal["", "next", "released"], tokens: tuple[TokenView, ...]) -> BlockView:
    return BlockView(block, size, owner, logical, note, tokens)
