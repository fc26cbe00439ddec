"""Pinned prefix: the first k tokens (a system prompt, say) are never given up, and of the newest as much stays as there is room for.

Ours, not vLLM's. A query reads all that is kept. While blocks are free nothing goes. When a running request needs a
block and none is free, its own oldest unpinned block goes, never its newest, and only then does preemption begin.
"""

from kvsim.policies.policy import Knob, KVPolicy
from kvsim.scenario import Config


class PinnedPrefix(KVPolicy):
    """Reads all that is kept; keeps the first `pinned` tokens, in whole blocks, and the newest that fit."""

    name = "pinned prefix"
    knobs = (Knob("pinned", "Pinned k", 4),)
    reads_say = "all that is kept"

    def __init__(self, config: Config, pinned: int) -> None:
        super().__init__(config)
        self.pinned = range(pinned)
        self.keeps_say = f"the first {pinned:,}, and the newest that fit"
        self._pinned_blocks = self.blocks_for(pinned)

    def yields(self, blocks: int) -> range:
        return range(self._pinned_blocks, blocks - 1)

    def most_blocks(self, blocks: int) -> int:
        """The pins, the newest block and what one step adds: asking for the whole sequence, a long request could never come back."""
        return min(blocks, self._pinned_blocks + 1 + self.blocks_for(self.config.max_num_batched_tokens))

    def fewest_blocks(self, tokens: int) -> int:
        return min(self.blocks_for(tokens), self._pinned_blocks + 2)
