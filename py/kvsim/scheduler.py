"""Who runs in this step: a token budget shared out, first to the running requests, then to the head of the waiting queue.

There is no prefill phase and no decode phase. Every request has tokens whose KV is not computed yet, and a step computes
some of them: a whole prompt at once is what people call prefill, one token a step is decode, and a prompt in several
steps is chunked prefill.

After vllm/v1/core/sched/scheduler.py, vLLM 0.33.0: fcfs, chunked prefill, full-sequence admission gate.
"""

from collections import deque
from collections.abc import Callable

from kvsim.events import Admitted, Event, Preempted, Scheduled, Waits
from kvsim.kv_cache import KVCache
from kvsim.request import Request


class Scheduler:
    """The two queues, and the rules by which requests move between them."""

    def __init__(self, kv_cache: KVCache, token_budget: int, say: Callable[[Event], None]) -> None:
        self.kv_cache = kv_cache
        self.token_budget = token_budget  # max_num_batched_tokens
        self.waiting: deque[Request] = deque()
        self.running: list[Request] = []
        self._say = say

    def schedule(self) -> list[Request]:
        """Choose the requests of one step and how many tokens each computes; returns them in order."""
        scheduled: list[Request] = []
        budget, preempted = self._schedule_running(self.token_budget, scheduled)
        if not preempted:  # a step that preempts admits nobody
            self._admit(budget, scheduled)
        return scheduled

    def head_never_fits(self) -> bool:
        """Nothing runs, and the head of the waiting queue needs more blocks than can ever be free."""
        if self.running or not self.waiting:
            return False
        return self.kv_cache.blocks_for(self.waiting[0].tokens) > self.kv_cache.pool.usable

    def _schedule_running(self, budget: int, scheduled: list[Request]) -> tuple[int, bool]:
        """Running requests come first, in their order; returns the budget left and whether anybody was preempted."""
        preempted = False
        place = 0
        while place < len(self.running) and budget > 0:
            request = self.running[place]
            count = min(request.tokens - request.computed, budget)
            while not self.kv_cache.allocate(request, count):
                victim = self.running[-1]
                self._preempt(victim, request, count)
                preempted = True
                if victim is request:
                    return budget, preempted
            self._compute(request, count, scheduled)
            budget -= count
            place += 1
        return budget, preempted

    def _admit(self, budget: int, scheduled: list[Request]) -> None:
        """Admit from the head of the waiting queue only: one that does not fit blocks all behind it."""
        while self.waiting and budget > 0:
            request = self.waiting[0]
            if not self._passes_gate(request):
                return
            count = min(request.tokens - request.computed, budget)
            self.kv_cache.allocate(request, count)
            self.waiting.popleft()
            self.running.append(request)
            self._say(Admitted(request.id, resumed=request.status == "preempted"))
            request.status = "running"
            self._compute(request, count, scheduled)
            budget -= count

    def _passes_gate(self, request: Request) -> bool:
        """scheduler_reserve_full_isl: admit only if blocks for all known tokens are free now, though nothing is reserved."""
        if self.kv_cache.fits(request, request.tokens):
            return True
        needed, free = self.kv_cache.blocks_needed(request, request.tokens), len(self.kv_cache.pool.free)
        if request.waits_for != (needed, free):
            request.waits_for = (needed, free)
            self._say(Waits(request.id, needed, free))
        return False

    def _compute(self, request: Request, count: int, scheduled: list[Request]) -> None:
        self._say(Scheduled(request.id, request.computed, count))
        request.computed += count
        request.waits_for = None
        scheduled.append(request)

    def _preempt(self, victim: Request, for_request: Request, count: int) -> None:
        """Preemption by recompute: free all of the victim's blocks and put it at the front of the waiting queue."""
        needed = self.kv_cache.blocks_needed(for_request, for_request.computed + count)
        self._say(Preempted(victim.id, for_request.id, needed, len(self.kv_cache.pool.free), victim.computed))
        self.running.remove(victim)
        self.kv_cache.free(victim, "preempted")
        victim.computed = 0
        victim.status = "preempted"
        self.waiting.appendleft(victim)
