"""The whole picture of one prompt at one moment: sequence above, block table below it, connectors down to the pool."""

from kvdraw.block_table import HEIGHT as CELL_HEIGHT
from kvdraw.block_table import Place, block_table, row_of_places
from kvdraw.marks import connector, label, rect, tag
from kvdraw.node import Node, el
from kvdraw.pool import Shape, pool, shape
from kvdraw.strip import Layout, layout, strip
from kvdraw.view import View

GUTTER = 124  # room for captions at the left, where there is room
WIDTH_WITH_GUTTER = 900
FALL = 62  # height of the connectors
GAP = 26  # between table and pool where there are none
BEHIND_TAG = 42
CAPTION = 26  # a caption above its part, where there is no gutter


def figure(view: View, width: float) -> Node:
    """The picture as one SVG, drawn for a width in pixels (not scaled to it)."""
    gutter = GUTTER if width >= WIDTH_WITH_GUTTER else 0
    inner = width - gutter
    placed = layout(view.labels, view.block_size, inner)
    places = _places_of_entries(view, placed, inner)
    drawn = shape(len(view.blocks), view.block_size, inner - 24)
    top_of_table = _caption_room(gutter) + placed.height + 4 + (0 if placed.rows == 1 else _caption_room(gutter))
    table_end = top_of_table + places[-1].y + CELL_HEIGHT
    connected = places[-1].y == 0 and drawn.rows(len(view.blocks)) == 1
    top_of_panel = table_end + (FALL if connected else GAP)
    top_of_pool = top_of_panel + 8
    panel_height = drawn.height(len(view.blocks)) + 8 + 12
    height = top_of_panel + panel_height + 1 + _caption_room(gutter)
    pool_x = gutter + 12 + max(0.0, (inner - 24 - _pool_width(view, drawn)) / 2)
    return el(
        "svg",
        rect(gutter + 0.5, top_of_panel, inner - 1, panel_height, "gpu", 12),
        el("g", *_captions(gutter, top_of_table, top_of_panel, top_of_panel + panel_height), key="captions"),
        el("g", *_connectors(view, places, gutter, table_end, pool_x, top_of_pool, drawn), key="connectors") if connected else None,
        el("g", *block_table(view, places, gutter, top_of_table), key="table"),
        el("g", *pool(view, drawn, pool_x, top_of_pool), key="pool"),
        el("g", *strip(view, placed, gutter, _caption_room(gutter)), key="strip"),
        key="figure",
        class_="fig",
        width=width,
        height=height,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=describe(view),
    )


def describe(view: View) -> str:
    """The picture in a sentence, for those who do not see it."""
    stored = sum(token.state != "empty" for token in view.tokens)
    table = ", ".join(f"L{entry.logical} in block {entry.block}" for entry in view.entries if entry.block is not None)
    queue = ", ".join(map(str, view.free)) or "empty"
    return f"Step {view.position}. {stored} of {len(view.tokens)} known tokens have KV. Block table: {table or 'empty'}. Free queue: {queue}."


def _caption_room(gutter: float) -> float:
    return 0 if gutter else CAPTION


def _places_of_entries(view: View, placed: Layout, inner: float) -> list[Place]:
    """Under its own tokens, if the text stands in one row; else a row of its own."""
    if placed.rows > 1 or not placed.words:
        return row_of_places(view.logical_blocks, inner)
    places = []
    for index in range(view.logical_blocks):
        first = placed.boxes[index * view.block_size]
        last = placed.boxes[min((index + 1) * view.block_size, len(placed.boxes)) - 1]
        places.append(Place(first.x, 0, last.x + last.width - first.x))
    return places


def _pool_width(view: View, drawn: Shape) -> float:
    return min(drawn.columns, len(view.blocks)) * drawn.pitch - drawn.gap


def _connectors(view: View, places: list[Place], x: float, y: float, pool_x: float, top_of_pool: float, drawn: Shape) -> list[Node]:
    return [
        connector(
            x + places[entry.logical].x + places[entry.logical].width / 2,
            y,
            pool_x + drawn.x(entry.block) + drawn.width / 2,
            top_of_pool + 3,
            f"connector{entry.logical}-{entry.block}",
        )
        for entry in view.entries
        if entry.block is not None
    ]


def _captions(gutter: float, top_of_table: float, top_of_panel: float, end_of_panel: float) -> list[Node]:
    """What each part is, and whether it lives on the CPU or on the GPU."""
    if gutter:
        return [
            label(0, 18, "Sequence", "cap", "start", key="sequence"),
            label(0, 34, "by position", "sub", "start", key="sequence-sub"),
            label(0, top_of_table + 13, "Block table", "cap", "start", key="table"),
            label(0, top_of_table + 29, "metadata", "sub", "start", key="table-sub"),
            tag(0, top_of_table + 49, "CPU", "cpu"),
            label(0, top_of_panel + 24, "Pool", "cap", "start", key="pool"),
            label(0, top_of_panel + 40, "keys and values", "sub", "start", key="pool-sub"),
            tag(0, top_of_panel + 60, "GPU", "gput"),
        ]
    return [
        label(0, 14, "Sequence, by position", "cap", "start", key="sequence"),
        tag(0, top_of_table - 10, "CPU", "cpu"),
        _caption(top_of_table - 9, "Block table", "metadata", key="table"),
        tag(0, end_of_panel + 19, "GPU", "gput"),
        _caption(end_of_panel + 20, "Pool", "keys and values", key="pool"),
    ]


def _caption(y: float, name: str, what: str, key: str) -> Node:
    """A name behind its tag, and after it what the thing is, wherever the name ends in the reader’s font."""
    return el("text", el("tspan", text=name, class_="cap"), el("tspan", text=what, class_="sub", dx=8), key=key, x=BEHIND_TAG, y=y)
