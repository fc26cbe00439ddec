"""Attention sinks: the first few positions, on which much attention rests, and a window. Everything between them is given up.

StreamingLLM (Xiao et al. 2023, arXiv:2309.17453): it lets a model go on for ever, but it is not a longer memory. There,
positions are numbered anew inside of the cache; here they keep their numbers. The rules for blocks are ours.
"""

from collections.abc import Sequence

from kvsim.hashes import Hash
from kvsim.policies.policy import Find, Knob, KVPolicy
from kvsim.policies.sliding_window import WINDOW, SlidingWindow
from kvsim.scenario import Config


class AttentionSinks(KVPolicy):
    """Reads the first `sinks` positions and the last `window`; keeps the same, in whole blocks."""

    name = "attention sinks"
    knobs = (Knob("sinks", "Sinks S", 2), WINDOW)
    forgets = True
    keeps_say = "the same, in whole blocks"

    def __init__(self, config: Config, sinks: int, window: int) -> None:
        super().__init__(config)
        self.pinned = range(sinks)
        self.reads_say = f"the first {sinks:,} and the last {window:,}"
        self._sinks = sinks
        self._sink_blocks = self.blocks_for(sinks)
        self._window = SlidingWindow(config, window)

    def reads(self, position: int) -> tuple[range, ...]:
        (recent,) = self._window.reads(position)
        if recent.start <= self._sinks:
            return (range(position + 1),)
        return range(self._sinks), recent

    def gone(self, computed: int) -> range:
        return range(self._sinks, max(self._sinks, self._window.gone(computed).stop))

    def most_blocks(self, blocks: int) -> int:
        return min(blocks, self._sink_blocks + self._window.most_blocks(blocks))

    def fewest_blocks(self, tokens: int) -> int:
        return self.blocks_for(min(tokens, self._sinks + self._window.size))

    def longest_hit(self, hashes: Sequence[Hash], find: Find) -> list[int]:
        """The sinks' blocks from the start, and from the end as many in a row as the window needs."""
        head = super().longest_hit(hashes[: self._sink_blocks], find)
        if len(head) < min(self._sink_blocks, len(hashes)):
            return head
        hit = self._window.longest_hit(hashes, find)
        holes_from = len(head)
        return head + hit[holes_from:] if len(hit) > holes_from else head

    def caches(self, index: int, num_prompt_tokens: int) -> bool:
        return index < self._sink_blocks or self._window.caches(index, num_prompt_tokens)
