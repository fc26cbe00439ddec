"""Sliding window: a query reads the last W positions, itself included, and a block that lies outside of the window as a
whole is given up. As in Mistral and Gemma. After SlidingWindowManager, vLLM 0.33.0."""

from collections.abc import Sequence

from kvsim.blocks import NULL_BLOCK
from kvsim.hashes import Hash
from kvsim.policies.policy import Find


class SlidingWindow:
    """Reads the last `window` tokens, keeps their blocks.

    `retention_interval` says what is cached: None, every block; 0, only those from which the same prompt can go on;
    R tokens, also those before every multiple of R. `most_tokens` is what one request can hold at once: the window, and
    what one step adds to it.
    """

    forgets = True

    def __init__(self, window: int, block_size: int, retention_interval: int | None, most_tokens: int) -> None:
        self._window = window
        self._block_size = block_size
        self._interval = retention_interval
        self._tail = self._blocks(window - 1)  # blocks that the next token reads, when it is the first of its block
        self._most_blocks = self._blocks(most_tokens) + 1  # one more, since a window need not begin where a block does

    def gone(self, computed: int) -> range:
        return range(max(0, computed - self._window + 1))

    def most_blocks(self, blocks: int) -> int:
        return min(blocks, self._most_blocks)

    def fewest_blocks(self, tokens: int) -> int:
        return self._blocks(min(tokens, self._window))

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
        end = (num_prompt_tokens - 1) // self._block_size
        return end - self._tail <= index < end

    def _ends_an_interval(self, index: int) -> bool:
        if not self._interval:
            return False
        blocks = self._interval // self._block_size
        return index % blocks >= blocks - self._tail

    def _blocks(self, tokens: int) -> int:
        return -(-tokens // self._block_size)
