"""What is true now: the fold of all events up to a moment. It decides nothing; it only believes what the events say.

The board holds the same simple containers as the engine, filled by events alone, and a property test compares the two
after both halves of every step.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from kvsim.blocks import FreeQueue
from kvsim.events import (
    Admitted,
    Arrived,
    CacheReset,
    Event,
    Finished,
    Preempted,
    Released,
    Sampled,
    Scheduled,
    StepStarted,
    Stored,
    Taken,
    Touched,
    Waits,
)
from kvsim.hashes import Hash
from kvsim.request import Status
from kvsim.scenario import Scenario


class Behind(NamedTuple):
    """A request waits because `ahead`, which comes before it, does."""

    request: str
    ahead: str


class RequestOnBoard:
    """What the events have said of one request so far."""

    __slots__ = ("computed", "num_preemptions", "sampled", "scheduled", "status", "table", "tokens", "waits")

    def __init__(self, tokens: int) -> None:
        self.status: Status = "waiting"
        self.tokens = tokens  # known tokens
        self.computed = 0  # tokens with KV, those of this step included
        self.num_preemptions = 0
        self.table: list[int | None] = []  # physical block by logical block; None is a hole
        self.scheduled: Scheduled | None = None  # what this step computes of it
        self.sampled: Sampled | None = None  # what the model said in this step
        self.waits: Waits | None = None  # why it was not scheduled, as last said of it itself

    @property
    def is_past(self) -> bool:
        """It left, and nothing that happens can change it any more."""
        return self.status == "finished" and not self.table and self.scheduled is None

    def copy(self) -> "RequestOnBoard":
        if self.is_past:
            return self
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
        self.block_hash: dict[int, Hash] = {}  # of the blocks that are cached, free or not
        self.last_holder: dict[int, tuple[str, int]] = {}  # of the blocks that are free but cached: whose KV it is, (request, index)
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
        other.block_hash, other.last_holder = self.block_hash.copy(), self.last_holder.copy()
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

    def why_waiting(self, name: str) -> Waits | Behind | None:
        """Why a request is not scheduled in this step: the reason said of it, or the request behind which it waits; None if it runs or left."""
        request = self.requests[name]
        if request.scheduled or request.status == "finished":
            return None
        queue = self.running if request.status == "running" else self.waiting
        ahead = next(other for other in queue if other == name or self._blocks_those_behind(other))
        return request.waits if ahead == name else Behind(name, ahead)

    @property
    def weight(self) -> int:
        """How much a copy costs, counted in entries."""
        of_requests = sum(1 if request.is_past else 8 + len(request.table) for request in self.requests.values())
        return len(self.ref_counts) + len(self.free) + len(self.block_hash) + len(self.last_holder) + of_requests

    def __eq__(self, other: object) -> bool:
        names = ("step", "free", "ref_counts", "block_hash", "last_holder", "waiting", "running", "requests")
        return isinstance(other, Board) and all(getattr(self, name) == getattr(other, name) for name in names)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def _blocks_those_behind(self, name: str) -> bool:
        """The head of the waiting queue does, and a running request for which no budget is left."""
        request = self.requests[name]
        if request.status != "running":
            return True
        return request.scheduled is None and request.waits is not None and request.waits.reason == "budget"

    def _step_started(self, event: StepStarted) -> None:
        self.step = event.step
        for request in self._busy:
            request.scheduled = request.sampled = None
        self._busy.clear()

    def _arrived(self, event: Arrived) -> None:
        self.requests[event.request] = RequestOnBoard(event.num_prompt_tokens)
        self.waiting.insert(event.place, event.request)

    def _cache_reset(self, event: CacheReset) -> None:
        if event.done:
            self.block_hash.clear()
            self.last_holder.clear()

    def _waits(self, event: Waits) -> None:
        self.requests[event.request].waits = event

    def _admitted(self, event: Admitted) -> None:
        self.waiting.remove(event.request)
        self.running.append(event.request)
        request = self.requests[event.request]
        request.status, request.computed, request.waits = "running", event.hit, None

    def _touched(self, event: Touched) -> None:
        if self.ref_counts[event.block] == 0:
            self.free.take_out(event.block)
            del self.last_holder[event.block]
        self.ref_counts[event.block] += 1
        self._append_to_table(event)

    def _taken(self, event: Taken) -> None:
        self.free.take_out(event.block)
        self.ref_counts[event.block] = 1
        if event.lost_hash is not None:
            del self.block_hash[event.block]
            del self.last_holder[event.block]
        self._append_to_table(event)

    def _append_to_table(self, event: Taken | Touched) -> None:
        """What lies between the table's end and its new entry are holes that a prefix hit left."""
        table = self.requests[event.request].table
        table.extend([None] * (event.index - len(table)))
        table.append(event.block)

    def _stored(self, event: Stored) -> None:
        self.block_hash.update(zip(event.blocks, event.hashes, strict=True))

    def _scheduled(self, event: Scheduled) -> None:
        request = self.requests[event.request]
        request.computed = event.start + event.count
        request.scheduled = event
        request.waits = None
        self._busy.append(request)

    def _preempted(self, event: Preempted) -> None:
        self.running.remove(event.victim)
        self.waiting.insert(event.place, event.victim)
        request = self.requests[event.victim]
        request.status, request.computed, request.scheduled, request.waits = "preempted", 0, None, None
        request.num_preemptions += 1
        _drop_holes_at_end(request.table)

    def _sampled(self, event: Sampled) -> None:
        request = self.requests[event.request]
        request.tokens += len(event.tokens)
        request.computed -= event.rejected
        request.sampled = event

    def _finished(self, event: Finished) -> None:
        request = self.requests[event.request]
        (self.running if request.status == "running" else self.waiting).remove(event.request)
        request.status = "finished"
        _drop_holes_at_end(request.table)

    def _released(self, event: Released) -> None:
        request = self.requests[event.request]
        self.ref_counts[event.block] -= 1
        if event.end == "front":
            self.free.put_front(event.block)
        elif event.end == "back":
            self.free.put_back(event.block)
        if event.end == "back":
            self.last_holder[event.block] = (event.request, event.index)
        request.table[event.index] = None
        if event.why in ("finished", "preempted"):  # whoever leaves gives back its whole table
            _drop_holes_at_end(request.table)


def _drop_holes_at_end(table: list[int | None]) -> None:
    while table and table[-1] is None:
        table.pop()


_APPLY: dict[type, Callable[[Board, Any], None]] = {
    StepStarted: Board._step_started,
    Arrived: Board._arrived,
    CacheReset: Board._cache_reset,
    Waits: Board._waits,
    Admitted: Board._admitted,
    Touched: Board._touched,
    Taken: Board._taken,
    Stored: Board._stored,
    Scheduled: Board._scheduled,
    Preempted: Board._preempted,
    Sampled: Board._sampled,
    Finished: Board._finished,
    Released: Board._released,
}
