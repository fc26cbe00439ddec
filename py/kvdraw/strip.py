"""The sequence by position: every token in its place in the text, cut into logical blocks."""

from functools import lru_cache
from typing import NamedTuple

from kvdraw.marks import TOKEN_FONT, TOKEN_HEIGHT, label, line, token_box
from kvdraw.measure import text_width
from kvdraw.node import Node, num
from kvdraw.view import View

IN_BLOCK, BETWEEN_BLOCKS = 2, 9  # gaps
MOST_WORD, LEAST_WORD = 70, 16
ROW = TOKEN_HEIGHT + 26
MOST_ROWS_WITH_WORDS = 6
CELL, CELL_HEIGHT = 19, 22


class Box(NamedTuple):
    """Where a token stands: left edge, row and width."""

    x: float
    row: int
    width: float


class Layout(NamedTuple):
    """Where each token of a text stands, and how they are drawn."""

    boxes: tuple[Box, ...]
    rows: int
    words: bool  # False: too long for words, marks only
    height: float  # of all rows

    @property
    def row_height(self) -> float:
        return ROW if self.words else CELL_HEIGHT + 24

    @property
    def box_height(self) -> float:
        return TOKEN_HEIGHT if self.words else CELL_HEIGHT

    def top(self, position: int) -> float:
        return self.boxes[position].row * self.row_height + 4


@lru_cache(maxsize=32)
def layout(labels: tuple[str, ...], block_size: int, width: float) -> Layout:
    """Place the whole text: in one row if it fits, else in rows of whole blocks, else without words."""
    natural = [min(MOST_WORD, max(LEAST_WORD, text_width(word, TOKEN_FONT))) for word in labels]
    gaps = IN_BLOCK * len(labels) + BETWEEN_BLOCKS * (len(labels) // block_size)
    spare = (width - sum(natural) - gaps) / (2 * len(labels))  # what one row would leave at each side of a word
    padding = min(9.0, spare) if spare >= 3.5 else 7.0 if width > 500 else 5.5
    boxes = _wrap([word + 2 * padding for word in natural], block_size, width)
    rows = boxes[-1].row + 1
    if rows > MOST_ROWS_WITH_WORDS:
        boxes = _wrap([CELL] * len(labels), block_size, width)
        rows = boxes[-1].row + 1
        return Layout(boxes, rows, False, rows * (CELL_HEIGHT + 24))
    return Layout(boxes, rows, True, rows * ROW)


def strip(view: View, placed: Layout, x: float, y: float) -> list[Node]:
    """The tokens that are known, their position numbers, and a dotted line where the rest of the text will stand."""
    nodes = []
    newest = view.tokens[-1].position if view.tokens else -1
    written = [token.position for token in view.tokens if token.state == "written"]
    query = written[-1] if written else None
    for token in view.tokens:
        box, top = placed.boxes[token.position], y + placed.top(token.position)
        nodes.append(token_box(token, x + box.x, top, box.width, view.request, words=placed.words, height=placed.box_height))
        if placed.words or token.position % view.block_size == 0 or token.position == query:
            now = " now" if token.position == query else ""
            number = label(x + box.x + box.width / 2, top + placed.box_height + 15, str(token.position), "num" + now, key=f"number{token.position}")
            nodes.append(number)
    for position in range(newest + 1, len(view.labels)):
        box, bottom = placed.boxes[position], y + placed.top(position) + placed.box_height - 0.5
        nodes.append(line(f"M{num(x + box.x)} {num(bottom)}h{num(box.width)}", "base", key=f"future{position}"))
    return nodes


def _wrap(widths: list[float], block_size: int, width: float) -> tuple[Box, ...]:
    """Left to right; a block that does not fit into the rest of a row begins a new one, and so does a token longer than it."""
    boxes: list[Box] = []
    x, row = 0.0, 0
    for position, own in enumerate(widths):
        begins_block = position % block_size == 0
        block = widths[position : position + block_size] if begins_block else [own]
        ahead = sum(block) + IN_BLOCK * (len(block) - 1)
        if begins_block and x:
            x += BETWEEN_BLOCKS - IN_BLOCK
        if x and x + (ahead if ahead <= width else own) > width + 0.5:
            x, row = 0.0, row + 1
        boxes.append(Box(x, row, own))
        x += own + IN_BLOCK
    return tuple(boxes)
