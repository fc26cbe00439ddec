"""Who runs in this step: a token budget shared out, first to the running requests, then to the head of the waiting queue.

There is no prefill phase and no decode phase. Every request has tokens whose KV is not computed yet, and a step computes
some of them: a whole prompt at once is what people call prefill, one token a step is decode, and a prompt in several
steps is chunked prefill.

After vllm/v1/core/sched/scheduler.py (`Scheduler.schedule`), vLLM 0.33.0, synchronous scheduling.
"""

from collections.abc import Callable

from kvsim.events import Admitted, Arrived, Event, Limit, Preempted, Reason, Scheduled, Waits
from kvsim.kv_cache import KVCache
from kvsim.model import PADDING
from kvsim.prefill_interval import PrefillInterval
from kvsim.request import Request
from kvsim.scenario import Config
from kvsim.tokens import Token
from kvsim.waiting_queue import by_priority, waiting_queue


class Step:
    """What one call of `schedule` has decided so far."""

    __slots__ = ("budget", "carries_prefill", "holds_prefill", "preempts", "running_prefill", "running_scheduled", "scheduled", "threshold")

    def __init__(self, budget: int, threshold: int, holds_prefill: bool) -> None:
        self.budget = budget  # tokens that can still be scheduled
        self.threshold = threshold  # the most that one request gets; 0: no limit but the budget
        self.holds_prefill = holds_prefill
        self.scheduled: list[Request] = []
        self.preempts = False
        self.running_scheduled = False  # a running request was scheduled
        self.running_prefill = False  # one that is in its prefill, even if it was preempted after that
        self.carries_prefill = False  # that, or somebody was admitted who has more than one token to compute


class Scheduler:
    """The two queues, and the rules by which requests move between them."""

    def __init__(self, config: Config, kv_cache: KVCache, say: Callable[[Event], None]) -> None:
        self.config = config
        self.kv_cache = kv_cache
        self.waiting = waiting_queue(config.policy)
        self.running: list[Request] = []
        self._budget = min(config.max_num_scheduled_tokens or config.max_num_batched_tokens, config.max_num_batched_tokens)
        self._seats = config.max_num_active_seqs or config.max_num_seqs
        self._interval = PrefillInterval(config.prefill_schedule_interval)
        self._say = say

    def add(self, request: Request) -> None:
        """A request arrives."""
        self._say(Arrived(request.id, len(request.token_ids), self.waiting.add(request)))

    def remove(self, request: Request) -> None:
        """A request leaves, from wherever it stands."""
        if request.status == "running":
            self.running.remove(request)
        else:
            self.waiting.remove(request)
        request.status = "finished"

    def schedule(self) -> list[Request]:
        """Choose the requests of one step and how many tokens each computes; returns them in order."""
        step = Step(self._budget, self._long_prefill_threshold(), self._interval.holds(self.running))
        self._schedule_running(step)
        if step.preempts:
            self._head_waits("preempting step")
        else:
            self._admit(step)
            if not step.holds_prefill:
                self._interval.admitted(len(self.waiting))
        self._interval.scheduled(bool(step.scheduled), step.carries_prefill)
        return step.scheduled

    def head_never_fits(self) -> bool:
        """Nothing runs, and the head of the waiting queue needs more blocks than can ever be free."""
        if self.running or not self.waiting:
            return False
        waits = self.waiting.head.waits
        refused = waits is not None and waits.reason in ("blocks", "gate") and waits.needed > self.kv_cache.pool.usable
        return refused or self.kv_cache.never_fits(self.waiting.head)

    def head_never_gets_budget(self) -> bool:
        """Nothing runs, and the head of the waiting queue is padded to more tokens than a whole budget: vLLM would never admit it."""
        if self.running or not self.waiting:
            return False
        waits = self.waiting.head.waits
        return waits is not None and waits.reason == "budget" and waits.needed > self._budget

    def _schedule_running(self, step: Step) -> None:
        """Running requests come first, in their order, while there is budget."""
        place = 0
        while place < len(self.running):
            request = self.running[place]
            if step.budget == 0:
                self._waits(request, "budget", needed=1)
                break
            if step.holds_prefill and request.is_prefill_chunk:
                self._waits(request, "prefill interval", needed=self._interval.interval)
                place += 1
                continue
            wanted = len(request.token_ids) + len(request.drafts) - request.computed
            count, limit = (wanted, None) if wanted == 1 else self._share(request, wanted, step)
            if not self.kv_cache.allocate(request, count):
                place -= self._preempt_until_it_fits(request, count, place, step)
            if request.status == "running":
                step.running_prefill |= request.is_prefill_chunk
                drafts = _drafts_within(request, count) if request.drafts else ()
                self._compute(request, count, drafts, limit, step)
                place += 1
            elif self.config.policy == "fcfs":
                break  # it was the last one in
        step.running_scheduled = bool(step.scheduled)
        step.carries_prefill = step.running_prefill

    def _share(self, request: Request, wanted: int, step: Step) -> tuple[int, Limit | None]:
        """How many tokens of those wanted a request gets, and what keeps it from more.

        A draft must leave room for the token that is sampled behind it.
        """
        count, limit = wanted, None
        limits: tuple[tuple[int, Limit], ...] = (
            (step.threshold or wanted, "threshold"),
            (step.budget, "budget"),
            (self.config.max_model_len - request.computed - 1, "model length"),
        )
        for most, name in limits:
            if most < count:
                count, limit = most, name
        return count, limit

    def _long_prefill_threshold(self) -> int:
        """long_prefill_token_threshold: what one request gets at most, so that a long prompt leaves something to the others.

        None, if there are no others. Adaptive: at least a fair share of the budget.
        """
        threshold, requests = self.config.long_prefill_token_threshold, len(self.running) + len(self.waiting)
        if threshold == 0 or requests <= 1:
            return 0
        if self.config.long_prefill_token_threshold_adaptive:
            return max(threshold, self.config.max_num_batched_tokens // requests)
        return threshold

    def _preempt_until_it_fits(self, request: Request, count: int, place: int, step: Step) -> int:
        """Preempt until a running request has room for `count` more tokens, or is the victim itself.

        Returns how many of the victims stood before it: as many places it moved up, from `place`.
        """
        victims_before = 0
        while True:
            victim = self._victim()
            if self.running.index(victim) < place - victims_before:
                victims_before += 1
            self._preempt(victim, request, count, step)
            if victim is request or self.kv_cache.allocate(request, count):
                return victims_before

    def _victim(self) -> Request:
        """Who is preempted: the last one in, or by priority the worst, wherever it stands."""
        return max(self.running, key=by_priority) if self.config.policy == "priority" else self.running[-1]

    def _preempt(self, victim: Request, for_request: Request, count: int, step: Step) -> None:
        """Preemption by recompute: free all of the victim's blocks, and let it wait again. If this step had scheduled it, it has not."""
        unscheduled = 0
        if victim in step.scheduled:
            step.scheduled.remove(victim)
            unscheduled = victim.scheduled
            step.budget += unscheduled
        needed, free = self.kv_cache.missing(for_request, for_request.computed + count), len(self.kv_cache.pool.free)
        self.running.remove(victim)
        place = self.waiting.put_back(victim)
        self._say(Preempted(victim.id, for_request.id, needed, free, victim.computed - unscheduled, unscheduled, place))
        self.kv_cache.free(victim, "preempted")
        victim.status = "preempted"
        victim.computed = 0
        victim.waits = None
        victim.num_preemptions += 1
        step.preempts = True

    def _admit(self, step: Step) -> None:
        """Admit from the head of the waiting queue only: one that can't be admitted blocks all behind it."""
        while self.waiting and self._admit_head(step):
            pass

    def _admit_head(self, step: Step) -> bool:
        """Admit the head of the waiting queue and schedule it; False, and the reason is said, if it must wait."""
        if step.budget == 0:
            return self._head_waits("budget", needed=1)
        if len(self.running) >= self._seats:
            return self._head_waits("seats", needed=1)
        request = self.waiting.head
        hit = self.kv_cache.longest_hit(request)
        start = len(hit) * self.kv_cache.block_size
        wanted = len(request.token_ids) - start
        is_prefill = wanted > 1
        if step.holds_prefill and is_prefill:
            return self._head_waits("prefill interval", needed=self._interval.interval)
        padding = self._padding(start, wanted, step)
        if wanted + len(padding) > step.budget and (padding or not self._may_be_chunked(step)):
            return self._head_waits("budget" if padding else "chunked prefill", wanted + len(padding), step.budget)
        count, limit = self._share(request, wanted + len(padding), step)
        shortage = self.kv_cache.shortage(request, hit, count, others_run=bool(self.running))
        if shortage:
            return self._head_waits(*shortage)
        self._take_seat(request, hit, count)
        self._compute(request, count, padding, limit, step)
        step.carries_prefill |= is_prefill
        return True

    def _may_be_chunked(self, step: Step) -> bool:
        """enable_chunked_prefill; without it, what the threshold lets through must fit into the budget left, or wait."""
        return self.config.enable_chunked_prefill or 0 < step.threshold <= step.budget

    def _padding(self, start: int, wanted: int, step: Step) -> tuple[Token, ...]:
        """With drafts on, an admitted request that decodes at once is padded to the size of the others: all decodes are of one shape."""
        drafts = self.config.num_speculative or 0
        joins_decodes = wanted == 1 and not step.running_prefill and (step.running_scheduled or start > 0)
        if joins_decodes and start + 1 + drafts + 1 <= self.config.max_model_len:
            return (PADDING,) * drafts
        return ()

    def _take_seat(self, request: Request, hit: list[int], count: int) -> None:
        """The head of the waiting queue joins the end of the running list."""
        self.waiting.pop()
        self.running.append(request)
        self._say(Admitted(request.id, request.status == "preempted", len(hit) * self.kv_cache.block_size))
        request.status = "running"
        self.kv_cache.admit(request, hit, count)

    def _compute(self, request: Request, count: int, drafts: tuple[Token, ...], limit: Limit | None, step: Step) -> None:
        """Schedule `count` tokens of a request that has room for them."""
        self._say(Scheduled(request.id, request.computed, count, drafts, limit))
        request.computed += count
        request.is_prefill_chunk = request.computed < len(request.token_ids)
        request.scheduled = count
        request.scheduled_drafts = drafts
        request.drafts = ()
        request.waits = None
        step.scheduled.append(request)
        step.budget -= count

    def _head_waits(self, reason: Reason, needed: int = 0, free: int = 0, watermark: int = 0) -> bool:
        """Say why the head of the waiting queue is not admitted; always False, which ends admission."""
        self._waits(self.waiting.head, reason, needed, free, watermark)
        return False

    def _waits(self, request: Request, reason: Reason, needed: int = 0, free: int = 0, watermark: int = 0) -> None:
        """Say why a request is not scheduled, unless that was said already."""
        waits = Waits(request.id, reason, needed, free, watermark)
        if request.waits != waits:
            request.waits = waits
            self._say(waits)


def _drafts_within(request: Request, count: int) -> tuple[Token, ...]:
    """Those of a request's drafts that `count` tokens reach."""
    return request.drafts[: max(0, request.computed + count - len(request.token_ids))]
