"""The pool of physical blocks: who holds each one, and what lies in its slots."""

from functools import lru_cache
from typing import NamedTuple

from kvdraw.marks import SAY, dot, label, line, rect
from kvdraw.measure import fit
from kvdraw.node import Node, el, num
from kvdraw.view import BlockView, SlotView, View

WORD_COLUMN = 56  # a narrower column has no room for words
LEAST_PITCH = 18  # a narrower one no room for a block: then the pool takes several rows
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
    def block_height(self) -> float:
        return self.size * (self.slot_height + LINE) + LINE

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


def shape(blocks: int, size: int, width: float) -> Shape:
    """One row of columns with words where there is room, without words where there is less, else several rows."""
    roomy = (width - 7 * (blocks - 1)) / blocks
    if roomy >= WORD_COLUMN and size <= 8:
        return Shape(blocks, min(roomy, 96), 7, 24 if size <= 4 else 20, True, 40, size)
    slot_height = max(4.0, min(13.0, 150 / size - LINE))
    gap = 5 if width > 500 else 3
    tight = (width - gap * (blocks - 1)) / blocks
    if tight + gap >= LEAST_PITCH:
        return Shape(blocks, min(tight, 60), gap, slot_height, False, 24, size)
    columns = max(1, int((width + 6) // 32))
    return Shape(columns, (width + 6) / columns - 6, 6, min(slot_height, 72 / size), False, 24, size)


def pool(view: View, drawn: Shape, x: float, y: float) -> list[Node]:
    """All blocks, each with its id above it; those of the request show what is in each slot."""
    return [_block(block, view.request, drawn, x + drawn.x(block.block), y + drawn.y(block.block), _is_numbered(view, block, drawn)) for block in view.blocks]


@lru_cache(maxsize=1024)  # most blocks look as they did a step before: the same node then, which costs nothing to compare
def _block(block: BlockView, request: str, drawn: Shape, x: float, y: float, is_numbered: bool) -> Node:
    top = y + drawn.head
    inset = 0 if block.owner == "ours" else 0.5
    radius = 6 if drawn.words else 3.5
    centre = x + drawn.width / 2
    return el(
        "g",
        el("title", text=_title(block)),
        label(centre, y + 16, str(block.block), "bid" if drawn.pitch >= 22 else "bid small") if is_numbered else None,
        label(centre, y + 32, _tag(block), "btag") if drawn.words and _tag(block) else None,
        rect(x + inset, top + inset, drawn.width - 2 * inset, drawn.block_height - 2 * inset, "frame", radius),
        *(_slot(slot, offset, block, drawn, x, top) for offset, slot in enumerate(block.slots)),
        line(f"M{num(x + 4)} {num(top + drawn.block_height - 4)}L{num(x + drawn.width - 4)} {num(top + 4)}", "nullx") if block.owner == "null" else None,
        key=f"block{block.block}",
        class_=f"blk o-{block.owner}" + (" next" if block.is_next else ""),
        data_block=block.block,
        data_request=request if block.owner == "ours" else None,
    )


def _slot(slot: SlotView, offset: int, block: BlockView, drawn: Shape, x: float, top: float) -> Node:
    y = top + LINE + offset * (drawn.slot_height + LINE)
    centre, middle = x + drawn.width / 2, y + drawn.slot_height / 2
    ours, token = block.owner == "ours", slot.token
    return el(
        "g",
        rect(x + LINE, y, drawn.width - 2 * LINE, drawn.slot_height, f"f f-{slot.state}", 3 if drawn.words else 1.5) if ours else None,
        line(f"M{num(x + 1)} {num(y - LINE / 2)}h{num(drawn.width - 2)}", "div") if block.owner == "other" and offset else None,
        line(f"M{num(centre - 3)} {num(middle)}h6", "nil") if ours and token is None and drawn.slot_height > 6 else None,
        dot(x + 0.8, middle, 3 if drawn.words else min(2.4, drawn.slot_height / 3)) if slot.state == "read" else None,
        label(centre, middle + 4.3, fit(token.label, drawn.width - 12, 12.5), "t") if token and drawn.words else None,
        el("title", text=f"block {block.block}, slot {offset}: position {token.position}, {token.label}, {SAY[slot.state]}") if token else None,
        key=f"slot{offset}",
        class_=f"slot s-{slot.state}",
        data_slot=slot.slot,
        data_state=slot.state,
        data_pos=token.position if token else None,
    )


def _title(block: BlockView) -> str:
    held = {
        "null": "the null block, never used",
        "other": "used by others",
        "free": "free, and next to be taken" if block.is_next else "free",
        "ours": f"logical block {block.logical}",
    }
    return f"block {block.block}: {held[block.owner]}"


def _tag(block: BlockView) -> str:
    if block.owner == "ours":
        return f"L{block.logical}"
    return {"null": "null", "other": "", "free": "next" if block.is_next else "free", "ours": ""}[block.owner]


def _is_numbered(view: View, block: BlockView, drawn: Shape) -> bool:
    """Where columns are too narrow for every id: ours, and every fourth that stands clear of them."""
    if drawn.pitch >= 22 or block.owner == "ours":
        return True
    beside = view.blocks[max(0, block.block - 1) : block.block + 2]
    return block.block % 4 == 0 and all(other.owner != "ours" for other in beside)
