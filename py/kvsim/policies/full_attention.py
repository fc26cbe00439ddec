"""Full attention: every query reads all that came before it, so all of it stays stored. The baseline."""

from collections.abc import Sequence

from kvsim.hashes import Hash
from kvsim.policies.policy import Find


class FullAttention:
    """Reads everything, keeps everything. After FullAttentionManager, vLLM 0.33.0."""

    forgets = False

    def __init__(self, block_size: int) -> None:
        self._block_size = block_size

    def gone(self, computed: int) -> range:
        return range(0)

    def most_blocks(self, blocks: int) -> int:
        return blocks

    def fewest_blocks(self, tokens: int) -> int:
        return -(-tokens // self._block_size)

    def longest_hit(self, hashes: Sequence[Hash], find: Find) -> list[int]:
        """Walk from the first block and stop at the first miss: a block behind it is of no use."""
        hit: list[int] = []
        for block_hash in hashes:
            block = find(block_hash)
            if block is None:
                break
            hit.append(block)
        return hit

    def caches(self, index: int, num_prompt_tokens: int) -> bool:
        return True
