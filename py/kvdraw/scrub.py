"""The scrub bar's marks: at which steps something happened. Placed in percent, so they fit a bar of any width."""

from typing import NamedTuple

from kvdraw.marks import line
from kvdraw.node import Node, el
from kvsim.events import Finished, Released, Scheduled, Taken
from kvsim.recording import Recording

SHAPES = {
    "prefill": ("M-4.5-4.5h4v9h-4zM.5-4.5h4v9h-4z", "solid"),
    "block taken": ("M-3-3h6v6h-6z", "solid"),
    "block released": ("M-4.2-4.2h8.4v8.4h-8.4z", "hollow"),
    "finished": ("M4.2 0a4.2 4.2 0 1 1-8.4 0a4.2 4.2 0 1 1 8.4 0z", "ring"),
    "out of blocks": ("M-4-4L4 4M4-4L-4 4", "cross"),
}
MOST_TICKS = 80
APART = 3.0
"""Percent of the bar: a mark closer to the one before it is left out, unless it tells more."""

RANK = ("block taken", "block released", "prefill", "finished", "out of blocks")
"""The more telling, the later."""


class EventMark(NamedTuple):
    """The most telling thing that happened at a step."""

    position: int
    kind: str


def event_marks(recording: Recording) -> list[EventMark]:
    """A mark for each step at which something new happened."""
    kinds = ((position, _kind(recording, position)) for position in range(1, recording.last_position + 1))
    return [EventMark(position, kind) for position, kind in kinds if kind]


def scrub_marks(recording: Recording) -> Node:
    """Marks above the line of the scrub bar, and a tick below it for each step."""
    last = max(1, recording.last_position)
    marks = event_marks(recording)
    drawn = _thinned(marks, last)
    spoken = ", ".join(f"{mark.kind} at step {mark.position}" for mark in drawn)
    return el(
        "svg",
        el("title", text=f"What happens: {spoken or 'nothing'}."),
        *(el("svg", line(*SHAPES[mark.kind]), x=_percent(mark.position, last), y=12, overflow="visible", key=f"mark{mark.position}") for mark in drawn),
        *(_tick(_percent(position, last), position) for position in range(last + 1) if last <= MOST_TICKS),
        key=f"marks{last}",
        class_="marks",
        width="100%",
        height=52,
        role="img",
    )


def mark_list() -> list[Node]:
    """What each mark means, as list items."""
    swatch = [(kind, el("svg", line(*shape), viewBox="-7 -7 14 14", width=14, height=14, class_="marks", aria_hidden="true")) for kind, shape in SHAPES.items()]
    return [el("li", drawn, el("span", text=kind), key=kind) for kind, drawn in swatch]


def _thinned(marks: list[EventMark], last: int) -> list[EventMark]:
    """As many as can be told apart."""
    kept: list[EventMark] = []
    for mark in marks:
        close = kept and 100 * (mark.position - kept[-1].position) / last < APART
        if close and RANK.index(mark.kind) > RANK.index(kept[-1].kind):
            kept[-1] = mark
        elif not close:
            kept.append(mark)
    return kept


def _tick(x: str, position: int) -> Node:
    return el("line", x1=x, x2=x, y1=43, y2=48, class_="tick", key=f"tick{position}")


def _percent(position: int, last: int) -> str:
    return f"{100 * position / last:.3f}%"


def _kind(recording: Recording, position: int) -> str | None:
    if recording.ending == "out of blocks" and position == recording.last_position:
        return "out of blocks"
    events = recording.step_events(position)
    prompts = {spec.id: len(spec.prompt) for spec in recording.scenario.requests}
    if any(isinstance(event, Finished) for event in events):
        return "finished"
    if any(isinstance(event, Scheduled) and event.start < prompts[event.request] for event in events):
        return "prefill"
    if any(isinstance(event, Released) and event.why in ("window", "yielded") for event in events):
        return "block released"
    return "block taken" if any(isinstance(event, Taken) for event in events) else None
