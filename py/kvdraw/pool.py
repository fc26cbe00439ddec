"""The pool of physical blocks: who has each one, and what lies in its slots."""

from functools import lru_cache
from typing import NamedTuple

from kvdraw.marks import dot, dots, label, line, pin, rect, say, word
from kvdraw.node import Node, el, num
from kvdraw.view import BlockView, TokenView, View

WORD_COLUMN = 50  # a narrower column has no room for words
MOST_SLOTS_WITH_WORDS = 16  # nor has a block of more slots
NUMBER_PITCH = 22  # narrower, and not every block has its id above it
LEAST_PITCH = 14  # narrower, and the pool takes several rows
DOT_HEIGHT = 8  # a flatter slot has no room for a dot
LINE = 1.5  # between slots


class Shape(NamedTuple):
    """How the blocks are laid out: so many columns, and sizes in pixels."""

    columns: int
    width: float
    gap: float
    slot_height: float
    words: bool
    head: float  # room above a block for its id and tag
    size: int

    @property
    def pitch(self) -> float:
        return self.width + self.gap

    @property
    def line(self) -> float:
        return LINE if self.slot_height >= 4 else 0.5

    @property
    def block_height(self) -> float:
        return self.size * (self.slot_height + self.line) + self.line

    @property
    def row_height(self) -> float:
        return self.head + self.block_height + 8

    def x(self, block: int) -> float:
        return (block % self.columns) * self.pitch

    def y(self, block: int) -> float:
        return (block // self.columns) * self.row_height

    def rows(self, blocks: int) -> int:
        return -(-blocks // self.columns)

    def height(self, blocks: int) -> float:
        return self.rows(blocks) * self.row_height - 8

    def total_width(self, blocks: int) -> float:
        return min(self.columns, blocks) * self.pitch - self.gap


def shape(blocks: int, size: int, width: float) -> Shape:
    """One row of columns with words where there is room, without words where there is less, else several rows."""
    roomy = (width - 7 * (blocks - 1)) / blocks
    if roomy >= WORD_COLUMN and size <= MOST_SLOTS_WITH_WORDS:
        return Shape(blocks, min(roomy, 110), 7, 24 if size <= 4 else 20 if size <= 8 else 14.5, True, 40, size)
    slot_height = max(4.0, min(13.0, 150 / size - LINE))
    gap = 5 if width > 500 else 3
    tight = (width - gap * (blocks - 1)) / blocks
    if tight + gap >= LEAST_PITCH:
        return Shape(blocks, min(tight, 60), gap, slot_height, False, 24, size)
    columns = max(1, int((width + 6) // 32))
    rows = -(-blocks // columns)
    return Shape(columns, (width + 6) / columns - 6, 6, max(2.0, min(slot_height, 72 / size - LINE, 360 / rows / size)), False, 24, size)


def pool(view: View, drawn: Shape, x: float, y: float) -> list[Node]:
    """All blocks, each with its id above it; those of the request show what is in each slot."""
    numbered = _numbered(view.blocks, drawn)
    places = _places(drawn, len(view.blocks), x, y)
    blocks = [_block(block, view.request, drawn, place, block.block in numbered) for block, place in zip(view.blocks, places, strict=True)]
    ours = [(block, place) for block, place in zip(view.blocks, places, strict=True) if block.owner == "ours"]
    return [*blocks, _read_marks(ours, drawn)]


@lru_cache(maxsize=32)
def _places(drawn: Shape, blocks: int, x: float, y: float) -> list[tuple[float, float]]:
    return [(x + drawn.x(block), y + drawn.y(block)) for block in range(blocks)]


@lru_cache(maxsize=2048)  # most blocks look as they did a step before: the same node then, which costs nothing to compare
def _block(block: BlockView, request: str, drawn: Shape, place: tuple[float, float], is_numbered: bool) -> Node:
    x, y = place
    top = y + drawn.head
    inset = 0 if block.owner == "ours" else 0.5
    centre, height = x + drawn.width / 2, drawn.block_height
    tag = _tag(block) if drawn.words else ""
    return el(
        "g",
        el("title", text=f"block {block.block}: {_say(block)}"),
        label(centre, y + 16, str(block.block), "bid" if drawn.pitch >= NUMBER_PITCH else "bid small") if is_numbered else None,
        label(centre, y + 32, tag, "btag now" if block.note == "released" else "btag") if tag else None,
        rect(x + inset, top + inset, drawn.width - 2 * inset, height - 2 * inset, "frame", 6 if drawn.words else min(3.5, drawn.width / 4)),
        *(_slot(offset, block, drawn, x, top) for offset in range(block.size)),
        line(f"M{num(x + 4)} {num(top + height - 4)}L{num(x + drawn.width - 4)} {num(top + 4)}", "nullx") if block.owner == "null" else None,
        key=f"block{block.block}",
        class_=f"blk o-{block.owner}" + (f" {block.note}" if block.note else ""),
        data_block=block.block,
        data_logical=block.logical if block.owner == "ours" else None,
        data_request=request if block.owner == "ours" else None,
        data_cached="true" if block.owner == "cached" else None,
    )


def _slot(offset: int, block: BlockView, drawn: Shape, x: float, top: float) -> Node:
    token = block.tokens[offset] if offset < len(block.tokens) else None
    ours = block.owner == "ours"
    state = (token.state if token else "empty") if ours else "stored" if block.owner == "other" else "empty"
    inside = _inside(token, state, offset, block, drawn, x, top)
    cached = block.owner == "cached" and token is not None
    return el(
        "g",
        *inside,
        el("title", text=f"block {block.block}, slot {offset}: position {token.position}, {token.label}, {_say_slot(token, block)}") if token else None,
        key=f"slot{offset}",
        class_="slot",
        data_slot=block.block * block.size + offset,
        data_state=state,
        data_pos=token.position if token and ours else None,
        data_pinned="true" if token and ours and token.pinned else None,
        data_cached="true" if cached else None,
    )


def _inside(token: TokenView | None, state: str, offset: int, block: BlockView, drawn: Shape, x: float, top: float) -> list[Node | None]:
    """What is drawn in a slot; nothing in one of somebody else's, but a faint divider."""
    y = top + drawn.line + offset * (drawn.slot_height + drawn.line)
    centre, middle = x + drawn.width / 2, y + drawn.slot_height / 2
    ours = block.owner == "ours"
    if not ours and token is None:
        divides = block.owner == "other" and offset and drawn.slot_height >= DOT_HEIGHT
        return [line(f"M{num(x + 1)} {num(y - drawn.line / 2)}h{num(drawn.width - 2)}", "div")] if divides else []
    parts: list[Node | None] = []
    if ours:
        parts.append(rect(x + drawn.line, y, drawn.width - 2 * drawn.line, drawn.slot_height, "f", 3 if drawn.words else min(1.5, drawn.slot_height / 3)))
        if token is None and drawn.slot_height > 6:
            parts.append(line(f"M{num(centre - 3)} {num(middle)}h6", "nil"))
    if token and drawn.words:
        pinned = ours and token.pinned
        size = 12.5 if drawn.slot_height > 15 else 12
        parts.append(word(centre - (4 if pinned else 0), middle + 4.3, token.label, drawn.width - (26 if pinned else 14), size, "t"))
        parts.append(pin(x + drawn.width - 9, middle + 5.5) if pinned else None)
    return parts


def _read_marks(blocks: list[tuple[BlockView, tuple[float, float]]], drawn: Shape) -> Node:
    """What the query reads: a dot on each slot's edge, or, where there is no room, a line under it."""
    marks = [_read_in(block, drawn, place) for block, place in blocks]
    return dots(marks) if drawn.slot_height >= DOT_HEIGHT else line("".join(marks), "underline", key="dots")


@lru_cache(maxsize=1024)
def _read_in(block: BlockView, drawn: Shape, place: tuple[float, float]) -> str:
    (x, y), step, height = place, drawn.slot_height + drawn.line, drawn.slot_height
    tops = [y + drawn.head + drawn.line + offset * step for offset, token in enumerate(block.tokens) if token.state == "read"]
    if height >= DOT_HEIGHT:
        return "".join([dot(x + 0.8, top + height / 2, 3 if drawn.words else 2.4) for top in tops])
    return "".join([f"M{num(x + drawn.line)} {num(top + height - 0.5)}h{num(drawn.width / 2)}" for top in tops])


def _say(block: BlockView) -> str:
    now = {"released": ", given back in this step", "next": ", and next to be taken", "": ""}[block.note]
    if block.owner == "cached":
        return f"free{now}; what lies in it can still be found"
    held = {"null": "the null block, never used", "other": "used by others", "free": f"free{now}", "ours": f"logical block {block.logical}"}
    return held[block.owner]


def _say_slot(token: TokenView, block: BlockView) -> str:
    return "free, and can still be found" if block.owner == "cached" else say(token)


def _tag(block: BlockView) -> str:
    if block.owner == "ours":
        return f"L{block.logical}"
    if block.note:
        return block.note
    return "" if block.owner == "other" else block.owner


def _numbered(blocks: tuple[BlockView, ...], drawn: Shape) -> frozenset[int]:
    """Where columns are too narrow for every id: ours, and every fourth that stands clear of them."""
    if drawn.pitch >= NUMBER_PITCH:
        return frozenset(range(len(blocks)))
    numbered: set[int] = set()
    for block in blocks:
        if block.owner == "ours" and (drawn.pitch >= 18 or block.block - 1 not in numbered):
            numbered.add(block.block)
    clear = {block.block for block in blocks if block.block % 4 == 0 and not {block.block - 1, block.block, block.block + 1} & numbered}
    return frozenset(numbered | clear)
