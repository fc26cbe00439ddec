"""One step of a server: requests arrive, the scheduler chooses, the model computes and samples, the finished leave.

The model is a script: it says the answer that the scenario holds, one token whenever a step reaches a request's newest
known token. That token is sampled, not computed: it has no KV until the next step.

After vllm/v1/engine/core.py (`step`) and Scheduler.update_from_output, vLLM 0.33.0, synchronous scheduling.
"""

from collections import deque

from kvsim.blocks import BlockPool
from kvsim.events import Arrived, Event, Finished, Sampled, StepStarted
from kvsim.kv_cache import KVCache
from kvsim.request import Request
from kvsim.scenario import Scenario
from kvsim.scheduler import Scheduler


class Engine:
    """Runs a scenario. Each call does one part of a step and appends what happened to `events`."""

    def __init__(self, scenario: Scenario) -> None:
        config = scenario.config
        self.events: list[Event] = []
        self.pool = BlockPool(config.num_gpu_blocks, scenario.initial_pool())
        self.kv_cache = KVCache(self.pool, config.block_size, self.events.append)
        self.scheduler = Scheduler(self.kv_cache, config.max_num_batched_tokens, self.events.append)
        self.step = 0
        self._to_arrive = deque(sorted(scenario.requests, key=lambda spec: spec.arrival_step))  # stable: file order within a step
        self._scheduled: list[Request] = []

    @property
    def done(self) -> bool:
        """Nothing is left to arrive, to wait or to run."""
        return not (self._to_arrive or self.scheduler.waiting or self.scheduler.running)

    @property
    def stuck(self) -> bool:
        """The last step computed nothing, and no later one ever will: the head of the queue can never fit."""
        return not self._scheduled and self.scheduler.head_never_fits()

    def schedule(self) -> None:
        """The first half of a step: arrivals, then the scheduler's choice."""
        self.events.append(StepStarted(self.step))
        while self._to_arrive and self._to_arrive[0].arrival_step <= self.step:
            request = Request(self._to_arrive.popleft())
            self.scheduler.waiting.append(request)
            self.events.append(Arrived(request.id, request.tokens))
        self._scheduled = self.scheduler.schedule()

    def sample(self) -> None:
        """The model's part: whoever has all known tokens computed gets the next one."""
        for request in self._scheduled:
            if request.computed == request.tokens:
                token = request.spec.answer[request.generated]
                request.tokens += 1
                self.events.append(Sampled(request.id, (token,)))

    def finish(self) -> None:
        """The second half's end: requests that are done leave and give their blocks back, in the order they were scheduled."""
        for request in self._scheduled:
            if request.is_finished:
                request.status = "finished"
                self.scheduler.running.remove(request)
                self.events.append(Finished(request.id, "length"))
                self.kv_cache.free(request, "finished")
        self.step += 1
