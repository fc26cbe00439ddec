"""A run to look at: all of its events in one list, and the board at any moment of it.

A moment is a place in that list, so half a step costs no more than a whole one, and going back is the same call as going
forward: the board at a moment is the fold from the nearest checkpoint before it.
"""

from bisect import bisect_right
from typing import Literal, NamedTuple

from kvsim.board import Board
from kvsim.engine import Engine
from kvsim.events import Event, Preempted
from kvsim.scenario import Scenario


class Mark(NamedTuple):
    """The places of one step in the list of events: each counts the events that have happened by then."""

    start: int  # before the step
    scheduled: int  # after schedule(): who computes what is decided, blocks are taken
    shown: int  # computed and sampled, before finished requests hand back their blocks: what position k means
    end: int  # after the step


Ending = Literal["finished", "out of blocks", "stuck", "stopped"]
"""How a run ended: all answers said; nothing runs and the next request can never fit, or waits for ever for another reason;
or the limit of steps was reached."""


class Recording:
    """A scenario's run, computed as far as asked for. Position 0 is before anything, position k the k-th step."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.marks: list[Mark] = []
        self.ending: Ending | None = None  # None: there is more to compute
        self._engine = Engine(scenario)
        self._latest = Board(scenario)
        self._latest_place = 0
        self._checkpoints: list[tuple[int, Board]] = [(0, self._latest.copy())]

    @property
    def events(self) -> list[Event]:
        return self._engine.events

    @property
    def last_position(self) -> int:
        """The last position that is computed already."""
        return len(self.marks)

    def advance(self) -> bool:
        """Compute one more step, if there is one; returns whether there may be more."""
        if self.ending:
            return False
        engine, start = self._engine, len(self.events)
        engine.schedule()
        scheduled = len(self.events)
        engine.sample()
        shown = len(self.events)
        engine.finish()
        if engine.out_of_blocks:
            shown = self._before_giving_up(start, shown)
            scheduled = min(scheduled, shown)
        self.marks.append(Mark(start, scheduled, shown, len(self.events)))
        self._keep_checkpoint()
        if engine.stuck:
            self.ending = "out of blocks" if engine.out_of_blocks else "stuck"
        elif engine.done:
            self.ending = "finished"
        elif len(self.marks) >= self.scenario.config.max_steps:
            self.ending = "stopped"
        return self.ending is None

    def run(self) -> "Recording":
        """Compute the whole run."""
        while self.advance():
            pass
        return self

    def board_at(self, place: int) -> Board:
        """The board after the first `place` events. Time: the distance to the nearest checkpoint, plus one copy of the board."""
        checkpoint_place, checkpoint = self._checkpoints[bisect_right(self._checkpoints, place, key=lambda kept: kept[0]) - 1]
        board = checkpoint.copy()
        board.apply(self.events[checkpoint_place:place])
        return board

    def place(self, position: int) -> int:
        """The moment that a position shows, as a place in the list of events; 0 for position 0."""
        return self.marks[position - 1].shown if position else 0

    def board(self, position: int) -> Board:
        return self.board_at(self.place(position))

    def step_events(self, position: int) -> list[Event]:
        """What happened in the step that a position shows; what finished requests hand back after it belongs to it too."""
        if position == 0:
            return []
        mark = self.marks[position - 1]
        return self.events[mark.start : mark.end]

    def _before_giving_up(self, start: int, shown: int) -> int:
        """A run that ends out of blocks stops at the moment before the lone request preempts itself."""
        for place in range(start, shown):
            event = self.events[place]
            if isinstance(event, Preempted) and event.victim == event.for_request:
                return place
        return shown

    def _keep_checkpoint(self) -> None:
        """Keep a copy of the board whenever the events since the last one outweigh it, so that memory grows with what happened."""
        place = len(self.events)
        self._latest.apply(self.events[self._latest_place : place])
        self._latest_place = place
        if place - self._checkpoints[-1][0] >= self._latest.weight:
            self._checkpoints.append((place, self._latest.copy()))
