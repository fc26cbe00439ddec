"""The block table: for each logical block, in order, the physical block that holds it, or a hole where it was given back."""

from functools import lru_cache
from typing import NamedTuple

from kvdraw.marks import rect
from kvdraw.node import Node, el
from kvdraw.view import EntryView, View

HEIGHT = 30
LEAST_WIDTH = 30
WIDTH_FOR_BOTH = 62  # of a cell that says "L2 → 10", and not only "10"


class Place(NamedTuple):
    """Where an entry stands: left edge, top and width."""

    x: float
    y: float
    width: float


def row_of_places(count: int, width: float) -> list[Place]:
    """Cells of equal width: in one row if they are wide enough, else in several."""
    gap = 6.0 if width > 500 else 4.0
    columns = max(1, min(count, int((width + gap) // (LEAST_WIDTH + gap))))
    each = min(84.0, (width + gap) / columns - gap)
    return [Place(i % columns * (each + gap), i // columns * (HEIGHT + gap), each) for i in range(count)]


def block_table(view: View, places: list[Place], x: float, y: float) -> list[Node]:
    """The entries there are, and dotted room for those to come."""
    cells = [_cell(entry, places[entry.logical], x, y, view.request) for entry in view.entries]
    ghosts = [_ghost(places[i], x, y, i) for i in range(len(view.entries), len(places))]
    return cells + ghosts


@lru_cache(maxsize=1024)
def _cell(entry: EntryView, place: Place, x: float, y: float, request: str) -> Node:
    kind = "fail" if entry.asked_in_vain else "hole" if entry.block is None else "new" if entry.is_new else "on"
    wide = place.width >= WIDTH_FOR_BOTH
    vain = "none free" if place.width > 104 else "none" if wide else "×"
    physical = vain if entry.asked_in_vain else str(entry.block) if entry.block is not None else "hole" if wide else "–"
    return el(
        "g",
        el("title", text=f"logical block {entry.logical}: {_say(entry)}"),
        rect(x + place.x + 0.5, y + place.y + 0.5, place.width - 1, HEIGHT - 1, "cell", 5),
        el(
            "text",
            el("tspan", text=f"L{entry.logical} → ", class_="logical") if wide else None,
            el("tspan", text=physical, class_="physical"),
            x=x + place.x + place.width / 2,
            y=y + place.y + 20,
            text_anchor="middle",
            class_="ct",
        ),
        key=f"entry{entry.logical}",
        class_=f"ent e-{kind}",
        data_logical=entry.logical,
        data_block=entry.block,
        data_request=request,
        data_state="hole" if kind == "hole" else None,
    )


def _say(entry: EntryView) -> str:
    if entry.asked_in_vain:
        return "no block is free"
    return "a hole, its block was given back" if entry.block is None else f"block {entry.block}"


@lru_cache(maxsize=1024)
def _ghost(place: Place, x: float, y: float, index: int) -> Node:
    return el("rect", key=f"ghost{index}", x=x + place.x + 0.5, y=y + place.y + 0.5, width=place.width - 1, height=HEIGHT - 1, rx=5, class_="ghost")
