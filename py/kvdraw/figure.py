"""The whole picture of one prompt at one moment: above the text what the query reads, below it what is kept.

Aligned, where the whole text fits one row: arcs, the text, under each block its entry in the block table, and connectors
down to the pool. Stacked elsewhere: the text in rows, then the table in a row of its own, then the pool.
"""

from typing import NamedTuple

from kvdraw import captions
from kvdraw.block_table import HEIGHT as CELL_HEIGHT
from kvdraw.block_table import Place, block_table, row_of_places
from kvdraw.captions import GUTTER
from kvdraw.marks import TOKEN_HEIGHT, connector, label, rect
from kvdraw.node import Node, el
from kvdraw.pool import Shape, pool, shape
from kvdraw.strip import ARCS, Layout, arcs, layout, strip
from kvdraw.view import View

WIDTH_WITH_GUTTER = 900
FALL = 66  # height of the connectors
GAP = 26  # between table and pool where there are none
INSET = 12  # of the pool in its panel
HEIGHT_OF_POOL_NOTE = 36


class _Plan(NamedTuple):
    """Where everything stands."""

    width: float
    gutter: float
    inner: float  # the width without the gutter
    placed: Layout
    places: list[Place]
    drawn: Shape
    top_of_strip: float
    top_of_table: float
    top_of_panel: float
    end_of_panel: float
    height: float
    connected: bool

    @property
    def table_end(self) -> float:
        return self.top_of_table + self.places[-1].y + CELL_HEIGHT

    @property
    def top_of_pool(self) -> float:
        return self.top_of_panel + 10


def figure(view: View, width: float) -> Node:
    """The picture as one SVG, drawn for a width in pixels (not scaled to it)."""
    plan = _plan(view, width)
    gutter = plan.gutter
    pool_x = gutter + INSET + max(0.0, (plan.inner - 2 * INSET - plan.drawn.total_width(len(view.blocks))) / 2)
    top_of_row = plan.top_of_strip + 4
    return el(
        "svg",
        rect(gutter + 0.5, plan.top_of_panel, plan.inner - 1, plan.end_of_panel - plan.top_of_panel, "gpu", 12, key="gpu"),
        el("g", *_captions(view, plan), key="captions", aria_hidden="true"),
        el("g", *_connectors(view, plan, pool_x), key="connectors") if plan.connected else None,
        el("g", *block_table(view, plan.places, gutter, plan.top_of_table), key="table"),
        el("g", *pool(view, plan.drawn, pool_x, plan.top_of_pool), key="pool"),
        el("g", arcs(view, plan.placed, gutter, top_of_row), key="arcs", aria_hidden="true") if _has_arcs(plan) else None,
        el("g", *strip(view, plan.placed, gutter, plan.top_of_strip), key="strip"),
        el("g", *_sampled_note(view, plan, top_of_row), key="note", aria_hidden="true"),
        key="figure",
        class_="fig",
        width=width,
        height=plan.height,
        viewBox=f"0 0 {width:g} {plan.height:g}",
        role="group",
        aria_label=describe(view),
    )


def describe(view: View) -> str:
    """The picture in a sentence, for those who do not see it."""
    table = ", ".join(f"L{entry.logical} {'a hole' if entry.block is None else f'in block {entry.block}'}" for entry in view.entries if not entry.asked_in_vain)
    queue = ", ".join(map(str, view.free)) or "empty"
    counts = f"{view.num_stored} of {len(view.tokens)} known tokens have KV, {view.num_read} are read"
    return f"Step {view.position}. {counts}. Block table: {table or 'empty'}. Free queue: {queue}."


def _plan(view: View, width: float) -> _Plan:
    gutter = GUTTER if width >= WIDTH_WITH_GUTTER else 0
    inner = width - gutter
    placed = layout(view.labels, view.block_size, inner)
    drawn = shape(len(view.blocks), view.block_size, inner - 2 * INSET)
    aligned = gutter > 0 and placed.one_row
    places = _under_tokens(view, placed) if aligned else row_of_places(view.logical_blocks, inner)
    connected = places[-1].y == 0 and drawn.rows(len(view.blocks)) == 1
    caption = 0 if gutter else captions.HEIGHT
    if aligned:
        top_of_strip, top_of_table = float(ARCS - 4), float(ARCS + TOKEN_HEIGHT + 26)
    else:
        top_of_strip = float(caption)
        top_of_table = top_of_strip + max(placed.height, 84 if gutter else 0) + (GAP if gutter else 2 * caption + 4)
    top_of_panel = top_of_table + places[-1].y + CELL_HEIGHT + (FALL if connected else GAP)
    end_of_panel = top_of_panel + 10 + drawn.height(len(view.blocks)) + INSET
    end_of_keeps = (top_of_panel if aligned else top_of_table) + captions.keeps_height(view)
    notes = end_of_keeps + (20 + HEIGHT_OF_POOL_NOTE if aligned else 2 * 48)  # stacked, those on table and pool follow
    height = max(end_of_panel + 1, notes if gutter else 0) + (caption and caption + 2)
    return _Plan(width, gutter, inner, placed, places, drawn, top_of_strip, top_of_table, top_of_panel, end_of_panel, height, connected)


def _has_arcs(plan: _Plan) -> bool:
    return plan.gutter > 0 and plan.placed.one_row


def _under_tokens(view: View, placed: Layout) -> list[Place]:
    """Each entry as wide as its block's tokens."""
    places = []
    for index in range(view.logical_blocks):
        first = placed.boxes[index * view.block_size]
        last = placed.boxes[min((index + 1) * view.block_size, len(placed.boxes)) - 1]
        places.append(Place(first.x, 0, last.x + last.width - first.x))
    return places


def _connectors(view: View, plan: _Plan, pool_x: float) -> list[Node]:
    """From each entry to its block; dotted, for one step, to the block that it gave back."""

    def to(logical: int, block: int, *, cut: bool) -> Node:
        place = plan.places[logical]
        start = plan.gutter + place.x + place.width / 2
        end = pool_x + plan.drawn.x(block) + plan.drawn.width / 2
        key = f"{'cut' if cut else 'connector'}{logical}-{block}"
        return connector(start, plan.table_end, end, plan.top_of_pool + 2, key, logical, cut=cut)

    now_held = {entry.block for entry in view.entries}
    held = [to(entry.logical, entry.block, cut=False) for entry in view.entries if entry.block is not None]
    gone = [to(entry.logical, entry.released, cut=True) for entry in view.entries if entry.released is not None and entry.released not in now_held]
    return gone + held


def _captions(view: View, plan: _Plan) -> list[Node]:
    if not plan.gutter:
        return [
            *captions.reads_caption(view, plan.inner, 15),
            *captions.keeps_caption(view, plan.inner, plan.top_of_table - captions.HEIGHT - 9),
            *captions.tagged(plan.top_of_table - 9, "Block table", "metadata", "CPU", "cpu"),
            *captions.tagged(plan.end_of_panel + 21, "Pool", "keys and values", "GPU", "gput"),
        ]
    if not plan.placed.one_row:
        keeps = captions.keeps_height(view)
        return [
            *captions.reads_note(view, 0),
            *captions.keeps_note(view, plan.top_of_table),
            *captions.table_note(plan.top_of_table + keeps + 24),
            *captions.pool_note(plan.top_of_table + keeps + 24 + 46),
        ]
    return [
        *captions.reads_note(view, 0),
        label(116, plan.top_of_strip + TOKEN_HEIGHT + 20, "position", "num", "end", key="position"),
        *captions.table_note(plan.top_of_table + 10),
        *captions.keeps_note(view, plan.top_of_panel),
        *captions.pool_note(max(plan.end_of_panel - 28, plan.top_of_panel + captions.keeps_height(view) + 24)),
    ]


def _sampled_note(view: View, plan: _Plan, top: float) -> list[Node]:
    """Beside the newest token, where there is room: why it looks as it does."""
    newest = view.tokens[-1] if view.tokens else None
    if newest is None or not newest.sampled or not _has_arcs(plan):
        return []
    box = plan.placed.boxes[newest.position]
    start = box.x + box.width + 10
    if start + 260 > plan.inner:
        return []
    return [label(plan.gutter + start, top + 19.5, "sampled now, no KV until the next step", "note", "start")]
