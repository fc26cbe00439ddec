"""The attention mask as it grows: a row for each query, a column for each key."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from kvdraw.marks import label, line, rect
from kvdraw.node import Node, el, num
from kvdraw.view import View
from kvsim.attention import Ranges

SIZE = 264.0
LEFT, TOP = 22.0, 20.0  # room for numbers
LEAST_CELL = 6.0  # smaller, and a row is drawn in bars, not in cells
NUMBERS_APART = 30.0


def mask(view: View, rows: Sequence[Ranges]) -> Node:
    """The queries computed so far, `rows[q]` being what query q read; this step's are framed, and keys that are gone are bracketed."""
    queries = max(1, len(view.labels) - 1)  # the last token that is said never gets KV
    cell = (SIZE - LEFT) / queries
    end = TOP + queries * cell
    drawn = [_row(query, tuple(rows[query]), cell, query in view.written, cell >= LEAST_CELL) for query in range(view.computed)]
    return el(
        "svg",
        rect(LEFT - 0.5, TOP - 0.5, SIZE - LEFT + 1, end - TOP + 1, "mask-frame", 3, key="frame"),
        el("g", *_numbers(view, cell, queries), key="numbers", aria_hidden="true"),
        el("g", *_names(view, cell, queries), key="names", aria_hidden="true"),
        el("g", *drawn, key="rows"),
        _frame_of_step(view, cell),
        el("g", *_gone(view, cell), key="gone"),
        el("clipPath", rect(0, 0, SIZE, TOP + view.computed * cell, "computed", 0), id="computed", key="clip"),
        el("g", *(_column(position, cell, end) for position in range(view.computed)), key="columns", clip_path="url(#computed)"),
        key="mask",
        class_="mask",
        width=SIZE,
        height=end + 24,
        viewBox=f"0 0 {SIZE:g} {end + 24:g}",
        role="img",
        aria_label=_describe(view),
    )


@lru_cache(maxsize=2048)  # a query once computed never reads anything else
def _row(query: int, reads: Ranges, cell: float, now: bool, cells: bool) -> Node:
    class_ = "mq now" if now else "mq"
    if not cells:
        y, height = num(TOP + query * cell), num(max(cell, 0.5))
        bars = [f"M{num(LEFT + part.start * cell)} {y}h{num(len(part) * cell)}v{height}h-{num(len(part) * cell)}z" for part in reads]
        return line("".join(bars), class_, key=f"row{query}")
    read = {key for part in reads for key in part}
    squares = [_square(key, query, cell) for key in sorted(read)]
    blanks = [f"M{num(LEFT + (key + 0.5) * cell)} {num(TOP + (query + 0.5) * cell)}h.01" for key in range(query + 1) if key not in read]
    return el("g", line("".join(squares), class_), line("".join(blanks), "unread") if blanks else None, key=f"row{query}")


@lru_cache(maxsize=2048)
def _square(key: int, query: int, cell: float) -> str:
    side, x, y = num(cell - 1.6), num(LEFT + key * cell + 0.8), num(TOP + query * cell + 0.8)
    return f"M{x} {y}h{side}v{side}h-{side}z"


@lru_cache(maxsize=1024)
def _column(position: int, cell: float, end: float) -> Node:
    """What pointing at a token lights: all queries that could read its key."""
    y = TOP + position * cell
    return el("rect", key=f"column{position}", class_="column", x=LEFT + position * cell, y=y, width=max(cell, 1), height=end - y, data_pos=position)


def _frame_of_step(view: View, cell: float) -> Node:
    """Around this step's rows: one row, or those of a chunk as a stair."""
    if not view.written:
        return line("", "step-frame", key="step")
    first, last = view.written[0], view.written[-1]
    outline = f"M{num(LEFT - 1.2)} {num(TOP + first * cell - 1.2)}"
    if cell < 2:  # no stair can be seen
        outline += f"H{num(LEFT + (first + 1) * cell + 1.2)}L{num(LEFT + (last + 1) * cell + 1.2)} {num(TOP + (last + 1) * cell + 1.2)}"
    else:
        for query in view.written:
            outline += f"H{num(LEFT + (query + 1) * cell + 1.2)}V{num(TOP + (query + 1) * cell + (1.2 if query == last else -1.2))}"
    return line(f"{outline}H{num(LEFT - 1.2)}Z", "step-frame", key="step")


def _numbers(view: View, cell: float, queries: int) -> list[Node]:
    """Positions of keys above and of queries at the left, each where a block begins, as far as there is room."""
    stride = view.block_size * max(1, -int(-NUMBERS_APART // (view.block_size * cell)))
    marks, query = range(0, queries, stride), view.query
    above = [_key(at, cell) for at in marks]
    beside = [_query(at, cell, False) for at in marks if query is None or abs(at - query) * cell > 13]
    return [*above, *beside, *([] if query is None else [_query(query, cell, True)])]


@lru_cache(maxsize=256)
def _key(position: int, cell: float) -> Node:
    return label(LEFT + (position + 0.5) * cell, TOP - 6, str(position), "num", key=f"key{position}")


@lru_cache(maxsize=256)
def _query(position: int, cell: float, now: bool) -> Node:
    y = TOP + position * cell + cell / 2 + 4.2
    return label(LEFT - 5, y, str(position), "num now" if now else "num", "end", key="now" if now else f"query{position}")


def _names(view: View, cell: float, queries: int) -> list[Node]:
    """What people call the two parts, in the half that stays blank since no query reads the future."""
    of_prompt, right = view.of_prompt, SIZE - 8
    parts = [
        label(right, TOP + 20, "prefill", "lab", "end"),
        label(right, TOP + 36, f"{of_prompt:,} {'query' if of_prompt == 1 else 'queries'}", "note", "end"),
    ]
    border = TOP + of_prompt * cell
    decode, room = max(border + 18, TOP + 62), (queries - of_prompt) * cell
    if room > 4 and border > TOP + 44:
        parts.append(line(f"M{num(LEFT + of_prompt * cell + 4)} {num(border)}H{num(right)}", "mask-rule"))
    if border + room - decode > 12 and room > 74:
        parts.append(label(right, decode, "decode", "lab", "end"))
        if room > 108:
            parts.append(label(right, decode + 16, "one a step", "note", "end"))
    return parts


def _gone(view: View, cell: float) -> list[Node]:
    """Brackets below the last row, under the keys that lie in no block any more."""
    borders = [0, *(border for part in view.stored for border in (part.start, part.stop)), view.computed]
    holes = [range(start, stop) for start, stop in list(pairwise(borders))[::2] if stop > start]
    y = TOP + view.computed * cell + 5
    brackets = [line(f"M{num(LEFT + hole.start * cell + 1)} {num(y)}v4H{num(LEFT + hole.stop * cell - 1)}v-4", "bracket") for hole in holes]
    if not holes:
        return []
    longest = max(holes, key=len)
    return [*brackets, label(max(LEFT + 16, LEFT + (longest.start + longest.stop) / 2 * cell), y + 17, "gone", "note")]


def _describe(view: View) -> str:
    if view.query is None:
        return "Attention mask: no query in this step."
    read = " and ".join(f"{part.start} to {part.stop - 1}" if len(part) > 1 else f"{part.start}" for part in view.reads)
    return f"Attention mask: the query at position {view.query} reads positions {read}, {view.num_read} of {view.query + 1}."
