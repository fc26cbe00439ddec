"""What every KV policy answers. Functions over ranges and whole blocks, never over single cells."""

from collections.abc import Callable, Sequence
from typing import Protocol

from kvsim.hashes import Hash

Find = Callable[[Hash], int | None]
"""Looks a block up by its hash: its id, or None on a miss."""


class KVPolicy(Protocol):
    """One policy for the whole server."""

    forgets: bool
    """Whether positions are ever given up before a request leaves."""

    def gone(self, computed: int) -> range:
        """The positions whose KV is no longer kept, once the first `computed` tokens have theirs."""

    def most_blocks(self, blocks: int) -> int:
        """Of `blocks` that a sequence would fill, how many it can hold at once: the admission gate asks for no more."""

    def fewest_blocks(self, tokens: int) -> int:
        """With fewer blocks than these, a sequence of so many tokens can't be computed, whatever its chunks."""

    def longest_hit(self, hashes: Sequence[Hash], find: Find) -> list[int]:
        """The blocks of the longest usable prefix, NULL_BLOCK for those that would be gone; `hashes` are those of the blocks that may be hit."""

    def caches(self, index: int, num_prompt_tokens: int) -> bool:
        """Whether a request's full block `index` is cached."""
