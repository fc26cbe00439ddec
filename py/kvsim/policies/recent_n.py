"""Recent-N: a query reads only the last N positions, but nothing is ever given back. Attention is not storage.

Ours, not vLLM's: what a sliding window would be in a server that does not know it has one.
"""

from kvsim.policies.policy import Knob, KVPolicy
from kvsim.scenario import Config


class RecentN(KVPolicy):
    """Reads the last `recent` positions, the query's own included; keeps everything, so it saves reads and no memory."""

    name = "recent-N"
    knobs = (Knob("recent", "Last N", 8),)

    def __init__(self, config: Config, recent: int) -> None:
        super().__init__(config)
        self._recent = recent
        self.reads_say = f"the last {recent:,}"

    def reads(self, position: int) -> tuple[range, ...]:
        return (range(max(0, position + 1 - self._recent), position + 1),)
