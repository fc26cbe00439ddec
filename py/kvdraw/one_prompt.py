"""Everything that single.html draws, by the part of the page it goes into: shared by the page and by the tool that writes the first picture."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from kvdraw.counters import counters
from kvdraw.figure import figure
from kvdraw.five import five_policies
from kvdraw.form import summary
from kvdraw.mask import mask
from kvdraw.node import Node, el
from kvdraw.scrub import scrub_marks
from kvdraw.story import data_table, room, story
from kvdraw.view import view_of
from kvsim.attention import Trail, trail
from kvsim.one_prompt import REQUEST_ID, OnePrompt, to_fragment
from kvsim.policies import POLICIES
from kvsim.recording import Recording
from kvsim.words import phase, step_sentence

FIRST_WIDTHS = (1220, 1080, 712, 358, 288)
"""The first picture is in the page before Python is, drawn for these widths; assets/site.css shows the one that fits."""


class Run(NamedTuple):
    """What is asked for, run under each policy."""

    asked: OnePrompt
    recordings: Mapping[str, Recording]  # by policy
    trails: Mapping[str, Trail]  # what was read and stored all along, by policy

    @property
    def recording(self) -> Recording:
        """The run under the policy that was chosen."""
        return self.recordings[self.asked.kv_policy]


def run_of(asked: OnePrompt) -> Run:
    """The same request five times, each under another policy."""
    recordings = {name: Recording(asked._replace(kv_policy=name).scenario()).run() for name in POLICIES}
    return Run(asked, recordings, {name: trail(recording, REQUEST_ID) for name, recording in recordings.items()})


def moment(run: Run, position: int, widths: Sequence[float], *, table: bool = True) -> dict[str, list[Node]]:
    """The parts that change from step to step; the table only if somebody looks at it."""
    recording = run.recording
    board = recording.board(position)
    view = view_of(recording, position, board)
    return {
        "story": story(view, phase(recording, position), step_sentence(recording, position, board)),
        "figure": [_drawn(figure(view, width), width, only=len(widths) == 1) for width in widths],
        "mask": [mask(view, run.trails[run.asked.kv_policy].rows)],
        "counters": counters(view, run.asked.model),
        **({"table": [data_table(view)]} if table else {}),
        **_five(run, max(1, position)),
    }


def whole_run(run: Run) -> dict[str, list[Node]]:
    """The parts that change only with the run."""
    return {"marks": [scrub_marks(run.recording)], "room": room(run.recording), "summary": summary(run.asked)}


def _five(run: Run, position: int) -> dict[str, list[Node]]:
    """The same step under each policy; a run that is over by then shows its end."""
    links = {name: "#" + (to_fragment(run.asked._replace(kv_policy=name), position) or "v=1") for name in POLICIES}
    glances = run.trails[run.asked.kv_policy].glances
    query = glances[min(position, len(glances) - 1)].computed - 1
    where = f"Step {position:,}, position {query:,}" if query >= 0 else f"Step {position:,}"
    said = f"Reading and keeping are two different questions. {where}: what the query reads (dots), what stays stored (boxes), and how each run ends."
    return {"five": [five_policies(run.trails, run.recordings, links, run.asked.kv_policy, position)], "five-deck": [el("span", text=said)]}


def _drawn(picture: Node, width: float, only: bool) -> Node:
    return el("div", picture, key=f"w{width:g}", class_="drawn now" if only else f"drawn w{width:g}")
