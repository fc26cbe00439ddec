"""Everything that single.html draws, by the part of the page it goes into: shared by the page and by the tool that writes the first picture."""

from collections.abc import Sequence

from kvdraw.counters import counters
from kvdraw.figure import figure
from kvdraw.node import Node, el
from kvdraw.scrub import scrub_marks
from kvdraw.story import data_table, room, story
from kvdraw.view import view_of
from kvsim.recording import Recording
from kvsim.words import phase, step_sentence

FIRST_WIDTHS = (1080, 712, 358, 288)
"""The first picture is in the page before Python is, drawn for these widths; assets/site.css shows the one that fits."""


def moment(recording: Recording, position: int, widths: Sequence[float]) -> dict[str, list[Node]]:
    """The parts that change from step to step."""
    board = recording.board(position)
    view = view_of(recording, position, board)
    return {
        "story": story(view, phase(recording, position), step_sentence(recording, position, board)),
        "figure": [_drawn(figure(view, width), width, only=len(widths) == 1) for width in widths],
        "counters": counters(view),
        "table": [data_table(view)],
    }


def run(recording: Recording) -> dict[str, list[Node]]:
    """The parts that change only with the run."""
    return {"marks": [scrub_marks(recording)], "room": room(recording)}


def _drawn(picture: Node, width: float, only: bool) -> Node:
    return el("div", picture, key=f"w{width:g}", class_="drawn now" if only else f"drawn w{width:g}")
