"""prefill_schedule_interval: prefill in every k-th step only, so that those who decode are not slowed by each arrival.

After Scheduler.schedule (`local_prefill_interval`), vLLM 0.33.0.
"""

from collections.abc import Iterable

from kvsim.request import Request


class PrefillInterval:
    """Counts the steps that computed something since the last one that carried prefill."""

    def __init__(self, interval: int) -> None:
        self.interval = interval
        self._executed = 0
        self._last_prefill = -interval
        self._backlog = False  # the waiting queue was not emptied when it last could be

    def holds(self, running: Iterable[Request]) -> bool:
        """Whether the step about to be scheduled must not prefill; never while nobody decodes or a backlog grows."""
        if self.interval == 1 or self._backlog:
            return False
        too_soon = self._executed + 1 - self._last_prefill < self.interval
        return too_soon and any(not request.is_prefill_chunk for request in running)

    def admitted(self, waiting: int) -> None:
        """A step that could admit left so many waiting."""
        self._backlog = waiting > 0

    def scheduled(self, anything: bool, prefill: bool) -> None:
        """What the step computes: a step that computes nothing does not count."""
        self._executed += anything
        if prefill:
            self._last_prefill = self._executed
