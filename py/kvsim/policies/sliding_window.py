"""Sliding window: a query reads the last W positions, itself included, and a block that lies outside of the window as a
whole is given up. As in Mistral and Gemma. After SlidingWindowManager, vLLM 0.33.0."""

from collections.abc import Sequence

from kvsim.blocks import NULL_BLOCK
from kvsim.hashes import Hash
from kvsim.policies.policy import Find, Knob, KVPolicy
from kvsim.scenario import Config

WINDOW = Knob("window", "Window W", 8)


class SlidingWindow(KVPolicy):
    """Reads the last `window` tokens, keeps their blocks.

    The config's prefix_cache_retention_interval says what is cached: None, every block; 0, only those from which the same
    prompt can go on; R tokens, also those before every multiple of R.
    """

    name = "sliding window"
    knobs = (WINDOW,)
    forgets = True
    keeps_say = "the same, in whole blocks"

    def __init__(self, config: Config, window: int) -> None:
        super().__init__(config)
        self.size = window
        self.reads_say = f"the last {window:,}"
        self._interval = config.prefix_cache_retention_interval
        self._tail = self.blocks_for(window - 1)  # blocks that the next token reads, when it is the first of its block
        most_tokens = min(window - 1 + config.max_num_batched_tokens, config.max_model_len)  # at once: the window, and what one step adds to it
        self._most_blocks = self.blocks_for(most_tokens) + 1  # one more, since a window need not begin where a block does

    def reads(self, position: int) -> tuple[range, ...]:
        return (range(max(0, position + 1 - self.size), position + 1),)

    def gone(self, computed: int) -> range:
        return range(max(0, computed - self.size + 1))

    def most_blocks(self, blocks: int) -> int:
        return min(blocks, self._most_blocks)

    def fewest_blocks(self, tokens: int) -> int:
        return self.blocks_for(min(tokens, self.size))

    def longest_hit(self, hashes: Sequence[Hash], find: Find) -> list[int]:
        """Search backwards for a window's worth of blocks in a row; what lies before them need not be there.

        If there is none, the blocks in a row from the first one on are the hit.
        """
        hit = [NULL_BLOCK] * len(hashes)
        in_a_row = 0
        for index in range(len(hashes) - 1, -1, -1):
            block = find(hashes[index])
            if block is None:
                in_a_row = 0
                continue
            hit[index] = block
            in_a_row += 1
            if in_a_row >= self._tail:
                return hit[: index + in_a_row]
        return hit[:in_a_row]

    def caches(self, index: int, num_prompt_tokens: int) -> bool:
        if self._interval is None:
            return self._tail > 0
        return self._ends_the_prompt(index, num_prompt_tokens) or self._ends_an_interval(index)

    def _ends_the_prompt(self, index: int, num_prompt_tokens: int) -> bool:
        """One of the last blocks that a request with the same prompt would need for its hit, which ends before the last token."""
        end = (num_prompt_tokens - 1) // self.config.block_size
        return end - self._tail <= index < end

    def _ends_an_interval(self, index: int) -> bool:
        if not self._interval:
            return False
        blocks = self._interval // self.config.block_size
        return index % blocks >= blocks - self._tail
