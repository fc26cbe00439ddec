"""What a run cost, counted from its events. A step is a step: nothing here claims a time.

Names as in vllm/v1/metrics (TTFT, TPOT, prefix cache queries and hits), vLLM 0.33.0, in steps where those are in seconds.
"""

from collections.abc import Callable, Iterable
from typing import Any

from kvsim.board import Board
from kvsim.events import Admitted, Arrived, Event, Preempted, Sampled, Scheduled, StepStarted


class PreemptionCost:
    """One preemption, and how many tokens were computed a second time because of it, so far."""

    def __init__(self, step: int, preempted: Preempted) -> None:
        self.step = step
        self.preempted = preempted
        self.recomputed = 0


class RequestMetrics:
    """What one request has waited for and cost so far. All steps count from 0."""

    def __init__(self, step: int, num_prompt_tokens: int) -> None:
        self.arrival = step
        self.tokens = num_prompt_tokens  # known ones
        self.generated = 0
        self.first_token: int | None = None  # the step that said it
        self.last_token: int | None = None
        self.queue_steps = 0  # spent in the waiting queue until it was admitted, each time
        self.waits_since: int | None = step
        self.hit_tokens = 0  # found in the cache when it was first admitted
        self.had_kv = 0  # tokens that had KV before the last preemption took it
        self.blame: PreemptionCost | None = None  # that preemption

    def again(self, start: int, count: int) -> int:
        """How many of `count` tokens from position `start` on had KV before."""
        return max(0, min(start + count, self.had_kv) - start)

    @property
    def ttft(self) -> int | None:
        """Time to first token: the steps from its arrival to the end of the one that said its first token."""
        return None if self.first_token is None else self.first_token - self.arrival + 1

    @property
    def tpot(self) -> float | None:
        """Time per output token: the steps between two tokens, on average, after the first."""
        if self.first_token is None or self.last_token is None or self.generated < 2:
            return None
        return (self.last_token - self.first_token) / (self.generated - 1)


class Metrics:
    """The fold of a run's events into its costs."""

    def __init__(self) -> None:
        self.step = -1
        self.requests: dict[str, RequestMetrics] = {}
        self.computed_tokens = 0  # drafts included
        self.queried_tokens = 0  # of new requests, when they were admitted; resumed ones count apart, as in vLLM
        self.hit_tokens = 0
        self.resumed_hit_tokens = 0
        self.rejected_tokens = 0  # computed for drafts that were wrong, or past the end
        self.preemptions: list[PreemptionCost] = []

    def apply(self, events: Iterable[Event]) -> "Metrics":
        """Count what happened, in order. Time: constant per event."""
        for event in events:
            count = _COUNT.get(type(event))
            if count:
                count(self, event)
        return self

    @property
    def hit_rate(self) -> float | None:
        """Of the tokens that new requests came with, the fraction whose KV was found; None before the first admission."""
        return self.hit_tokens / self.queried_tokens if self.queried_tokens else None

    @property
    def recompute_tax(self) -> int:
        """Tokens that were computed a second time, or more often, since a preemption had thrown their KV away."""
        return sum(cost.recomputed for cost in self.preemptions)

    def _step_started(self, event: StepStarted) -> None:
        self.step = event.step

    def _arrived(self, event: Arrived) -> None:
        self.requests[event.request] = RequestMetrics(self.step, event.num_prompt_tokens)

    def _admitted(self, event: Admitted) -> None:
        request = self.requests[event.request]
        if request.waits_since is not None:
            request.queue_steps += self.step - request.waits_since
        request.waits_since = None
        if event.resumed:
            self.resumed_hit_tokens += event.hit
        else:
            request.hit_tokens = event.hit
            self.hit_tokens += event.hit
            self.queried_tokens += request.tokens

    def _scheduled(self, event: Scheduled) -> None:
        self.computed_tokens += event.count
        request = self.requests[event.request]
        if request.blame:
            request.blame.recomputed += request.again(event.start, event.count)

    def _preempted(self, event: Preempted) -> None:
        self.computed_tokens -= event.unscheduled
        request = self.requests[event.victim]
        if request.blame:
            request.blame.recomputed -= request.again(event.lost, event.unscheduled)
        request.had_kv = max(request.had_kv, event.lost)
        request.blame = PreemptionCost(self.step, event)
        self.preemptions.append(request.blame)
        request.waits_since = self.step

    def _sampled(self, event: Sampled) -> None:
        request = self.requests[event.request]
        request.tokens += len(event.tokens)
        request.generated += len(event.tokens)
        request.first_token = self.step if request.first_token is None else request.first_token
        request.last_token = self.step
        self.rejected_tokens += event.rejected


_COUNT: dict[type, Callable[[Metrics, Any], None]] = {
    StepStarted: Metrics._step_started,
    Arrived: Metrics._arrived,
    Admitted: Metrics._admitted,
    Scheduled: Metrics._scheduled,
    Preempted: Metrics._preempted,
    Sampled: Metrics._sampled,
}


def wasted_slots(board: Board) -> int:
    """Internal waste: slots inside of held blocks that hold no token's KV. Only the last blocks of requests have any."""
    size = board.scenario.config.block_size
    return sum(len(request.table) * size - request.computed for request in board.requests.values() if request.table)


def cached_but_free(board: Board) -> int:
    """Blocks that nobody holds, and whose KV can still be found: usage counts them as free."""
    return sum(1 for block in board.block_hash if board.ref_counts[block] == 0)
