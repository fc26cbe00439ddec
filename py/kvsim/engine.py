"""One step of a server: requests arrive, the scheduler chooses, the model computes and samples, the finished leave.

After vllm/v1/engine/core.py (`step`) and Scheduler.update_from_output, vLLM 0.33.0, synchronous scheduling.
"""

from collections import deque

from kvsim import model
from kvsim.blocks import BlockPool
from kvsim.events import CacheReset, Event, Finished, Sampled, StepStarted
from kvsim.kv_cache import KVCache
from kvsim.request import Request
from kvsim.scenario import AbortPhase, RequestSpec, Scenario
from kvsim.scheduler import Scheduler
from kvsim.tokens import Token


class Engine:
    """Runs a scenario. Each call does one part of a step and appends what happened to `events`."""

    def __init__(self, scenario: Scenario) -> None:
        config = scenario.config
        self.config = config
        self.events: list[Event] = []
        self.pool = BlockPool(config.num_gpu_blocks, scenario.initial_pool())
        self.kv_cache = KVCache(self.pool, config, self.events.append)
        self.scheduler = Scheduler(config, self.kv_cache, self.events.append)
        self.requests: dict[str, Request] = {}  # all that wait or run, in the order of their arrival
        self.step = 0
        self.scheduled: list[Request] = []  # by the step under way, in order
        self._to_arrive = deque(sorted(scenario.requests, key=lambda spec: spec.arrival_step))  # stable: file order within a step
        self._arrived = 0
        self._aborts = _aborts_by_moment(scenario)
        self._resets = frozenset(scenario.reset_prefix_cache_steps)
        self._to_finish: list[Request] = []

    @property
    def done(self) -> bool:
        """Nothing is left to arrive, to wait or to run."""
        return not (self._to_arrive or self.requests)

    @property
    def out_of_blocks(self) -> bool:
        """The last step computed nothing, and no later one ever will, since the head of the queue can never fit."""
        return self.scheduler.head_never_fits() and self._nothing_helps()

    @property
    def stuck(self) -> bool:
        """The last step computed nothing, and no later one ever will, whatever the reason."""
        return (self.scheduler.head_never_fits() or self.scheduler.head_never_gets_budget()) and self._nothing_helps()

    def schedule(self) -> None:
        """The first half of a step: arrivals, aborts, cache resets, then the scheduler's choice."""
        self.events.append(StepStarted(self.step))
        while self._to_arrive and self._to_arrive[0].arrival_step <= self.step:
            self.add_request(self._to_arrive.popleft())
        self._abort("before")
        if self.step in self._resets:
            self.events.append(CacheReset(self.pool.reset_cache()))
        self.scheduled = self.scheduler.schedule()

    def sample(self) -> None:
        """The model's part: whoever has all known tokens computed gets the next one, or, with drafts, the next ones."""
        self._abort("during")
        for request in self.scheduled:
            if request.status == "running" and not request.is_prefill_chunk:
                self._append(request, model.says(request))

    def finish(self) -> None:
        """The second half's end: requests that are done leave and give their blocks back, in the order they were scheduled."""
        for request in self._to_finish:
            self._leave(request)
        self._to_finish.clear()
        if self.config.num_speculative:
            for request in self.scheduled:
                if request.status == "running" and not request.is_prefill_chunk:
                    request.drafts = model.drafts(request, self.config.num_speculative)
        self.step += 1

    def add_request(self, spec: RequestSpec) -> None:
        """A request arrives now; also for who drives an engine step by step and knows arrivals only as they come."""
        request = Request(spec, self._arrived, self.config.max_model_len)
        self._arrived += 1
        self.requests[spec.id] = request
        self.scheduler.add(request)

    def _nothing_helps(self) -> bool:
        """Nobody was scheduled, and nobody will abort the head of the waiting queue or overtake it."""
        if self.scheduled:
            return False
        abort_step = self.scheduler.waiting.head.spec.abort_step
        may_be_overtaken = self.config.policy == "priority" and bool(self._to_arrive)
        return not may_be_overtaken and (abort_step is None or abort_step < self.step)

    def _abort(self, phase: AbortPhase) -> None:
        """The clients of some requests hang up: what these had is freed at once; what the model says of them is not heard."""
        for name in self._aborts.get((self.step, phase), ()):
            if name in self.requests:
                self.requests[name].finish_reason = "abort"
                self._leave(self.requests[name])

    def _append(self, request: Request, said: tuple[Token, ...]) -> None:
        """Let a request have the tokens that the model said, up to one that ends it.

        Of the drafts that were verified, the KV of the wrong ones is of no use; their blocks stay with the request.
        """
        for kept, token in enumerate(said, 1):
            request.token_ids.append(token)
            if token in request.spec.stop_token_ids or len(request.token_ids) >= request.longest:
                request.finish_reason = "stop" if token in request.spec.stop_token_ids else "length"
                self._to_finish.append(request)
                said = said[:kept]
                break
        rejected = len(request.scheduled_drafts) + 1 - len(said)
        request.computed -= rejected
        self.events.append(Sampled(request.id, said, rejected))
        if self.config.num_speculative:  # verified drafts may have filled a block
            self.kv_cache.cache(request, request.computed)

    def _leave(self, request: Request) -> None:
        assert request.finish_reason
        self.events.append(Finished(request.id, request.finish_reason))
        self.scheduler.remove(request)
        self.kv_cache.free(request, "finished")
        del self.requests[request.id]


def _aborts_by_moment(scenario: Scenario) -> dict[tuple[int, AbortPhase], list[str]]:
    aborts: dict[tuple[int, AbortPhase], list[str]] = {}
    for spec in scenario.requests:
        if spec.abort_step is not None:
            aborts.setdefault((spec.abort_step, spec.abort_phase), []).append(spec.id)
    return aborts
