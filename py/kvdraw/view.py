"""The board, read for drawing one request: what each token, slot, block and table entry should look like."""

from typing import Literal, NamedTuple

from kvsim.blocks import NULL_BLOCK
from kvsim.board import Board
from kvsim.events import Preempted, Taken
from kvsim.recording import Recording
from kvsim.tokens import shown

State = Literal["hole", "written", "read", "stored", "empty"]
"""What a position's KV is in this step; where two are true, the earlier one is said."""

Owner = Literal["null", "other", "free", "ours"]


class TokenView(NamedTuple):
    """A token that is known by now."""

    position: int
    label: str
    state: State
    sampled: bool  # the model said it in this step


class SlotView(NamedTuple):
    """A slot of a block: room for one token's key and value."""

    slot: int  # block x block size + offset: its place in the whole pool
    state: State
    token: TokenView | None


class BlockView(NamedTuple):
    """A physical block, whoever holds it."""

    block: int
    owner: Owner
    logical: int | None  # its place in our block table
    is_next: bool  # at the front of the free queue
    slots: tuple[SlotView, ...]


class EntryView(NamedTuple):
    """An entry of the block table."""

    logical: int
    block: int | None  # None: it was asked for, and none is free
    is_new: bool


class View(NamedTuple):
    """One request at one moment."""

    request: str
    position: int  # the step that is shown
    last_position: int
    block_size: int
    labels: tuple[str, ...]  # the whole text, also what is still to come
    tokens: tuple[TokenView, ...]  # what is known by now
    entries: tuple[EntryView, ...]
    logical_blocks: int  # how many entries the table can come to have
    blocks: tuple[BlockView, ...]
    free: tuple[int, ...]


def view_of(recording: Recording, position: int, board: Board) -> View:
    """The lone request of a recording at a position whose board is given."""
    spec = recording.scenario.requests[0]
    size = recording.scenario.config.block_size
    labels = tuple(shown(token) for token in (*spec.prompt, *spec.answer))
    on_board = board.requests.get(spec.id)
    known = on_board.tokens if on_board else len(spec.prompt)
    tokens = tuple(TokenView(p, labels[p], _state(board, spec.id, p), _is_sampled(board, spec.id, p)) for p in range(known))
    table = [block for block in on_board.table if block is not None] if on_board else []
    entries = _entries(recording, position, table)
    free = tuple(board.free)
    return View(
        spec.id,
        position,
        recording.last_position,
        size,
        labels,
        tokens,
        entries,
        max(min(-(-(len(labels) - 1) // size), len(board.ref_counts) - 1), len(entries)),
        tuple(_block(block, board, table, tokens, free, size) for block in range(len(board.ref_counts))),
        free,
    )


def _state(board: Board, name: str, position: int) -> State:
    request = board.requests.get(name)
    if request is None or position >= request.computed:
        return "empty"
    if request.scheduled is None:
        return "stored"
    return "written" if position >= request.scheduled.start else "read"


def _is_sampled(board: Board, name: str, position: int) -> bool:
    request = board.requests.get(name)
    return bool(request and request.sampled and position >= request.tokens - len(request.sampled.tokens))


def _entries(recording: Recording, position: int, table: list[int]) -> tuple[EntryView, ...]:
    events = recording.step_events(position)
    new = {event.index for event in events if isinstance(event, Taken)}
    entries = [EntryView(index, block, index in new) for index, block in enumerate(table)]
    if any(isinstance(event, Preempted) for event in events):
        entries.append(EntryView(len(table), None, True))
    return tuple(entries)


def _block(block: int, board: Board, table: list[int], tokens: tuple[TokenView, ...], free: tuple[int, ...], size: int) -> BlockView:
    index = table.index(block) if block in table else None
    owner: Owner = "null" if block == NULL_BLOCK else "free" if block in board.free else "other" if index is None else "ours"
    slots = tuple(_slot(block, offset, owner, index, tokens, size) for offset in range(size))
    return BlockView(block, owner, index, free[:1] == (block,), slots)


def _slot(block: int, offset: int, owner: Owner, index: int | None, tokens: tuple[TokenView, ...], size: int) -> SlotView:
    slot = block * size + offset
    if index is None:
        return SlotView(slot, "stored" if owner == "other" else "empty", None)
    position = index * size + offset
    token = tokens[position] if position < len(tokens) and tokens[position].state != "empty" else None
    return SlotView(slot, token.state if token else "empty", token)
