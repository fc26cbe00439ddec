"""The same step under every policy, one row each: what the query reads, what stays stored, and how the run ends."""

from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import pairwise

from kvdraw.marks import dot, dots, line, outline
from kvdraw.node import Node, el, num
from kvdraw.view import State
from kvsim.attention import Glance, Trail, count
from kvsim.recording import Recording

WIDTH = 380.0
GAP, BETWEEN_BLOCKS = 2.0, 4.0
MOST_CELL, LEAST_CELL = 17.0, 5.0
HEIGHT = 24.0
MARKS = {"hole": "strike", "written": "m m-written", "read": "m m-read", "stored": "m m-stored", "underline": "underline"}


def five_policies(trails: Mapping[str, Trail], recordings: Mapping[str, Recording], links: Mapping[str, str], chosen: str, position: int) -> Node:
    """The table; a run that is over by then shows its end. `links` lead to the same step under each policy."""
    return el(
        "table",
        _head(),
        el("tbody", *(_row(trails[name], recordings[name], links[name], name, name == chosen, position) for name in trails)),
        key="five",
        class_="five",
    )


def title(name: str) -> str:
    """A policy's name as it stands at the beginning of something."""
    return name[:1].upper() + name[1:]


@cache
def _head() -> Node:
    names = ("Policy", "Positions", "Reads", "Stored", "Blocks at most", "The run")
    return el("thead", el("tr", *(el("th", text=name, scope="col", class_="nu" if name in names[2:5] else None, key=name) for name in names)))


def _row(trail: Trail, recording: Recording, link: str, name: str, chosen: bool, position: int) -> Node:
    glance = trail.glances[min(position, recording.last_position)]
    size, labels = recording.scenario.config.block_size, recording.scenario.requests[0]
    return el(
        "tr",
        el("th", el("a", text=title(name), href=link, aria_current="true" if chosen else None), scope="row"),
        el("td", _strip(glance, len(labels.prompt) + labels.most_tokens, size), class_="mini-cell"),
        _number(count(glance.reads), "reads") if glance.written else _over(),
        _number(count(glance.stored), "stored"),
        _number(trail.most_blocks, "blocks at most"),
        _fate(recording.ending or "", recording.last_position),
        key=name,
        class_="chosen" if chosen else None,
    )


@lru_cache(maxsize=1024)
def _number(number: int, unit: str) -> Node:
    return el("td", text=f"{number:,}", class_="nu", data_label=unit)


@cache
def _over() -> Node:
    """No query in this step: the run is over."""
    return el("td", text="–", class_="nu", data_label="reads")


@lru_cache(maxsize=64)
def _fate(ending: str, last: int) -> Node:
    bad = ending != "finished"
    return el("td", text=f"{ending if bad else 'finishes'}, step {last:,}", class_="fate bad" if bad else "fate")


@lru_cache(maxsize=256)
def _strip(glance: Glance, tokens: int, size: int) -> Node:
    """Marks only, the numbers stand beside it: cells, or, of a long text, bars of positions that look alike."""
    queries = max(1, tokens - 1)
    cell = min(MOST_CELL, (WIDTH - BETWEEN_BLOCKS * (queries // size)) / queries - GAP)
    pitch, between = (cell + GAP, BETWEEN_BLOCKS) if cell >= LEAST_CELL else (WIDTH / queries, 0.0)
    width = queries * pitch + queries // size * between
    shapes: dict[str, str] = {}  # one path for all boxes of a mark: a long row is few nodes
    for state, part in _parts(glance):
        for position in part if cell >= LEAST_CELL else (part.start,):
            x, wide = position * pitch + position // size * between, cell if cell >= LEAST_CELL else len(part) * pitch
            shapes[state] = shapes.get(state, "") + _shape(state, x, max(wide, 1.5))
            if state == "read" and cell < LEAST_CELL:
                shapes["underline"] = shapes.get("underline", "") + f"M{num(x)} 3h{num(wide)}"
    drawn = [line(d, MARKS[mark], key=mark) for mark, d in shapes.items()]
    if cell >= LEAST_CELL:
        drawn.append(dots([dot(p * pitch + p // size * between + cell / 2, 5.5, 2.6) for part in glance.reads for p in part]))
    return el("svg", *drawn, class_="mini", width=width, height=HEIGHT, viewBox=f"0 0 {num(width)} {num(HEIGHT)}", aria_hidden="true")


def _parts(glance: Glance) -> list[tuple[State, range]]:
    """The computed positions, cut wherever their state changes."""
    borders = {0, glance.computed, glance.written.start, glance.written.stop}
    borders |= {border for part in (*glance.stored, *glance.reads) for border in (part.start, part.stop)}
    return [(_state(glance, start), range(start, stop)) for start, stop in pairwise(sorted(border for border in borders if border <= glance.computed))]


def _state(glance: Glance, position: int) -> State:
    if position in glance.written:
        return "written"
    if any(position in part for part in glance.reads):
        return "read"
    return "stored" if any(position in part for part in glance.stored) else "hole"


def _shape(state: State, x: float, width: float) -> str:
    """One box, or the stroke that stands for one that is gone."""
    if state == "hole":
        return f"M{num(x + 1)} 14h{num(max(width - 2, 1))}"
    return outline(x + 0.5, 5.5, width - 1, 17, state, 3)
