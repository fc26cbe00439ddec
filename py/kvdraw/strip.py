"""The sequence by position: every token in its place in the text, cut into logical blocks, and above it what the query reads."""

from functools import lru_cache
from typing import NamedTuple

from kvdraw.marks import TOKEN_FONT, TOKEN_HEIGHT, dot, dots, label, line, pin, token_box
from kvdraw.measure import text_width
from kvdraw.node import Node, el, num
from kvdraw.view import TokenView, View

IN_BLOCK, BETWEEN_BLOCKS = 2, 9  # gaps
MOST_WORD, LEAST_WORD = 70, 16
ROW = TOKEN_HEIGHT + 26
MOST_ROWS_WITH_WORDS = 6
MOST_ROWS_OF_CELLS = 5
LEAST_PADDING = 3.5  # at each side of a word, for one row
ARCS = 104
"""Height of the arcs above a single row."""


class Cells(NamedTuple):
    """Boxes without words, for long texts."""

    width: float
    height: float
    between_blocks: float


LARGE_CELLS, SMALL_CELLS = Cells(19, 22, 6), Cells(9, 16, 4)


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
    box_height: float
    row_height: float

    @property
    def height(self) -> float:
        return self.rows * self.row_height

    @property
    def one_row(self) -> bool:
        """The whole text in one row, with its words."""
        return self.rows == 1 and self.words

    def top(self, position: int) -> float:
        return self.boxes[position].row * self.row_height + 4

    def centre(self, position: int) -> float:
        return self.boxes[position].x + self.boxes[position].width / 2


@lru_cache(maxsize=32)
def layout(labels: tuple[str, ...], block_size: int, width: float) -> Layout:
    """Place the whole text: in one row if it fits, else in rows of whole blocks, else without words."""
    natural = [min(MOST_WORD, max(LEAST_WORD, text_width(label, TOKEN_FONT))) for label in labels]
    gaps = IN_BLOCK * len(labels) + BETWEEN_BLOCKS * (len(labels) // block_size)
    spare = (width - sum(natural) - gaps) / (2 * len(labels))  # what one row would leave at each side of a word
    padding = min(9.0, spare) if spare >= LEAST_PADDING else 7.0 if width > 500 else 5.5
    boxes = _wrap([word + 2 * padding for word in natural], block_size, width, BETWEEN_BLOCKS)
    if boxes[-1].row < MOST_ROWS_WITH_WORDS:
        return Layout(boxes, boxes[-1].row + 1, True, TOKEN_HEIGHT, ROW)
    for cells in (LARGE_CELLS, SMALL_CELLS):
        boxes = _wrap([cells.width] * len(labels), block_size, width, cells.between_blocks)
        if boxes[-1].row < MOST_ROWS_OF_CELLS:
            break
    return Layout(boxes, boxes[-1].row + 1, False, cells.height, cells.height + 24)


def strip(view: View, placed: Layout, x: float, y: float) -> list[Node]:
    """The tokens that are known, their position numbers, and a dotted line where the rest of the text will stand."""
    drawn = _drawn(placed, x, y, view.request)
    return [
        el("g", *_rest_of_text(view, placed, x, y), key="rest", aria_hidden="true"),
        el("g", *_numbers(view, placed, x, y), key="numbers", aria_hidden="true"),
        el("g", *map(drawn.box, view.tokens), key="tokens"),
        dots([dot for part in view.reads for dot in drawn.dots[part.start : part.stop]]),
    ]


class _Drawn:
    """What was drawn of a text in one place: most of it stays the same from step to step."""

    def __init__(self, placed: Layout, x: float, y: float, request: str) -> None:
        radius = 3.2 if placed.words else 2.6
        self.dots = [dot(x + placed.centre(position), y + placed.top(position) + 0.5, radius) for position in range(len(placed.boxes))]
        self._boxes: dict[TokenView, Node] = {}
        self._placed, self._x, self._y, self._request = placed, x, y, request

    def is_at(self, placed: Layout, x: float, y: float, request: str) -> bool:
        """Whether it was drawn just there."""
        return placed is self._placed and (x, y, request) == (self._x, self._y, self._request)

    def box(self, token: TokenView) -> Node:
        """A token's box; the same object for the same token in the same state."""
        drawn = self._boxes.get(token)
        if drawn is None:
            placed, position = self._placed, token.position
            left, top, width = self._x + placed.boxes[position].x, self._y + placed.top(position), placed.boxes[position].width
            drawn = self._boxes[token] = token_box(token, left, top, width, self._request, words=placed.words, height=placed.box_height)
        return drawn


_drawn_last: list[_Drawn] = []


def _drawn(placed: Layout, x: float, y: float, request: str) -> _Drawn:
    """What was drawn in the same place before; only a few places are remembered."""
    for drawn in _drawn_last:
        if drawn.is_at(placed, x, y, request):
            return drawn
    _drawn_last[:] = [_Drawn(placed, x, y, request), *_drawn_last[:7]]
    return _drawn_last[0]


def arcs(view: View, placed: Layout, x: float, top: float) -> Node | None:
    """From the query to each key that it reads: attention. The query reads itself too, which needs no arc."""
    query = view.query
    if query is None:
        return None
    said = "query" if len(view.written) == 1 else "last query"
    at = x + placed.centre(query)
    curves = [_arc(at, x + placed.centre(key), top, f"arc{query}-{key}", key) for part in view.reads for key in part if key != query]
    return el("g", *curves, label(at + 9, top - 12, said, "lab", "start", key="query"), key=f"arcs{query}", class_="arcs")


def _arc(query: float, key: float, top: float, name: str, position: int) -> Node:
    height = min(92, 20 + 0.3 * (query - key)) * 1.32
    curve = f"M{num(query)} {num(top)}C{num(query)} {num(top - height)} {num(key)} {num(top - height)} {num(key)} {num(top)}"
    return el("path", key=name, class_="arc", data_pos=position, d=curve)


def _numbers(view: View, placed: Layout, x: float, y: float) -> list[Node]:
    """Under each token its position; under cells only where a block begins, and the query's."""
    query = view.query
    if placed.words:
        return [_number(token, x + placed.centre(token.position), y + placed.top(token.position) + placed.box_height + 15, token.position == query)
                for token in view.tokens]  # fmt: skip
    apart, last, numbers = 30.0, (-1, -100.0), []
    positions = {*range(0, len(view.tokens), view.block_size), *([] if query is None else [query])}
    for position in sorted(positions):
        row, at = placed.boxes[position].row, placed.centre(position)
        if position != query and ((row == last[0] and at - last[1] < apart) or (query is not None and _near(placed, position, query, apart))):
            continue
        last = (row, at)
        numbers.append(_number(view.tokens[position], x + at, y + placed.top(position) + placed.box_height + 15, position == query))
    return numbers


def _near(placed: Layout, position: int, query: int, apart: float) -> bool:
    return placed.boxes[position].row == placed.boxes[query].row and abs(placed.centre(position) - placed.centre(query)) < apart


@lru_cache(maxsize=2048)
def _number(token: TokenView, centre: float, y: float, now: bool) -> Node:
    number = label(centre + (4 if token.pinned else 0), y, str(token.position), "num now" if now else "num")
    return el("g", number, pin(centre - 6, y + 0.5) if token.pinned else None, key=f"number{token.position}")


def _rest_of_text(view: View, placed: Layout, x: float, y: float) -> list[Node]:
    """One dotted line for each row that still has tokens to come."""
    coming: dict[int, tuple[int, int]] = {}
    for position in range(len(view.tokens), len(view.labels)):
        row = placed.boxes[position].row
        coming[row] = (coming.get(row, (position, 0))[0], position)
    lines = []
    for row, (first, last) in coming.items():
        start, end = placed.boxes[first].x, placed.boxes[last].x + placed.boxes[last].width
        bottom = y + placed.top(first) + placed.box_height - 0.5
        lines.append(line(f"M{num(x + start)} {num(bottom)}H{num(x + end)}", "base", key=f"rest{row}"))
    return lines


def _wrap(widths: list[float], block_size: int, width: float, between_blocks: float) -> tuple[Box, ...]:
    """Left to right; a block that does not fit into the rest of a row begins a new one, and so does a token longer than it."""
    boxes: list[Box] = []
    x, row = 0.0, 0
    for position, own in enumerate(widths):
        begins_block = position % block_size == 0
        block = widths[position : position + block_size] if begins_block else [own]
        ahead = sum(block) + IN_BLOCK * (len(block) - 1)
        if begins_block and x:
            x += between_blocks - IN_BLOCK
        if x and x + (ahead if ahead <= width else own) > width + 0.5:
            x, row = 0.0, row + 1
        boxes.append(Box(x, row, own))
        x += own + IN_BLOCK
    return tuple(boxes)
