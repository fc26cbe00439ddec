"""What is true now: the fold of all events up to a moment. It decides nothing; it only believes what the events say.

The board holds the same simple containers as the engine, filled by events alone, and a property test compares the two
after both halves of every step.
"""

from collections.abc import Callable, Iterable
from typing import Any

from kvsim.blocks import FreeQueue
from kvsim.events import (
    Admitted,
    Arrived,
    Event,
    Finished,
    Preempted,
    Released,
    Sampled,
    Scheduled,
    StepStarted,
    Taken,
    Waits,
)
from kvsim.request import Status
from kvsim.scenario import Scenario


class RequestOnBoard:
    """What the events have said of one request so far."""

    __slots__ = ("computed", "sampled", "scheduled", "status", "table", "tokens", "waits")

    def __init__(self, tokens: int) -> None:
        self.status: Status = "waiting"
        self.tokens = tokens  # known tokens
        self.computed = 0  # tokens with KV, those of this step included
        self.table: list[int | None] = []  # physical block by logical block; None once it was released
        self.scheduled: Scheduled | None = None  # what this step computes of it
        self.sampled: Sampled | None = None  # what the model said in this step
        self.waits: Waits | None = None  # why it is not admitted

    def copy(self) -> "RequestOnBoard":
        other = RequestOnBoard(self.tokens)
        for name in self.__slots__:
            setattr(other, name, getattr(self, name))
        other.table = self.table.copy()
        return other

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RequestOnBoard) and all(getattr(self, name) == getattr(other, name) for name in self.__slots__)

    __hash__ = None  # type: ignore[assignment]  # it changes


class Board:
    """The pool, the queues and the block tables at one moment of a run."""

    def __init__(self, scenario: Scenario) -> None:
        initial = scenario.initial_pool()
        self.scenario = scenario
        self.step = -1  # no step has begun
        self.free = FreeQueue(initial.free)
        self.ref_counts = [0] * scenario.config.num_gpu_blocks
        for block in initial.held:
            self.ref_counts[block] = 1
        self.waiting: list[str] = []
        self.running: list[str] = []
        self.requests: dict[str, RequestOnBoard] = {}
        self._busy: list[RequestOnBoard] = []  # those with something to forget when the next step begins

    def apply(self, events: Iterable[Event]) -> None:
        """Let what happened be true, in order. Time: constant per event."""
        for event in events:
            _APPLY[type(event)](self, event)

    def copy(self) -> "Board":
        """A board of its own, equal to this one. Time: the size of the pool and of all block tables."""
        other = Board.__new__(Board)
        other.scenario, other.step = self.scenario, self.step
        other.free, other.ref_counts = self.free.copy(), self.ref_counts.copy()
        other.waiting, other.running = self.waiting.copy(), self.running.copy()
        other.requests = {name: request.copy() for name, request in self.requests.items()}
        other._busy = [request for request in other.requests.values() if request.scheduled]
        return other

    def holders(self) -> dict[int, list[tuple[str, int]]]:
        """For each block in a table, the (request, index) pairs that name it. Time: the size of all block tables."""
        found: dict[int, list[tuple[str, int]]] = {}
        for name, request in self.requests.items():
            for index, block in enumerate(request.table):
                if block is not None:
                    found.setdefault(block, []).append((name, index))
        return found

    @property
    def weight(self) -> int:
        """How much a copy costs, counted in entries."""
        return len(self.ref_counts) + len(self.free) + sum(8 + len(request.table) for request in self.requests.values())

    def __eq__(self, other: object) -> bool:
        names = ("step", "free", "ref_counts", "waiting", "running", "requests")
        return isinstance(other, Board) and all(getattr(self, name) == getattr(other, name) for name in names)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def _step_started(self, event: StepStarted) -> None:
        self.step = event.step
        for request in self._busy:
            request.scheduled = request.sampled = None
        self._busy.clear()

    def _arrived(self, event: Arrived) -> None:
        self.requests[event.request] = RequestOnBoard(event.num_prompt_tokens)
        self.waiting.append(event.request)

    def _waits(self, event: Waits) -> None:
        self.requests[event.request].waits = event

    def _admitted(self, event: Admitted) -> None:
        self.waiting.remove(event.request)
        self.running.append(event.request)
        request = self.requests[event.request]
        request.status, request.waits = "running", None

    def _taken(self, event: Taken) -> None:
        self.free.take_out(event.block)
        self.ref_counts[event.block] = 1
        self.requests[event.request].table.append(event.block)

    def _scheduled(self, event: Scheduled) -> None:
        request = self.requests[event.request]
        request.computed = event.start + event.count
        request.scheduled = event
        self._busy.append(request)

    def _preempted(self, event: Preempted) -> None:
        self.running.remove(event.victim)
        self.waiting.insert(0, event.victim)
        request = self.requests[event.victim]
        request.status, request.computed = "preempted", 0

    def _sampled(self, event: Sampled) -> None:
        request = self.requests[event.request]
        request.tokens += len(event.tokens)
        request.sampled = event

    def _finished(self, event: Finished) -> None:
        self.running.remove(event.request)
        self.requests[event.request].status = "finished"

    def _released(self, event: Released) -> None:
        request = self.requests[event.request]
        self.ref_counts[event.block] -= 1
        if event.end == "front":
            self.free.put_front(event.block)
        else:
            self.free.put_back(event.block)
        request.table[event.index] = None
        while request.table and request.table[-1] is None:  # whoever leaves gives back its whole table
            request.table.pop()


_APPLY: dict[type, Callable[[Board, Any], None]] = {
    StepStarted: Board._step_started,
    Arrived: Board._arrived,
    Waits: Board._waits,
    Admitted: Board._admitted,
    Taken: Board._taken,
    Scheduled: Board._scheduled,
    Preempted: Board._preempted,
    Sampled: Board._sampled,
    Finished: Board._finished,
    Released: Board._released,
}
