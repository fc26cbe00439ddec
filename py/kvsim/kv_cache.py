"""Block tables: which physical blocks hold a request's KV, and how they grow and are given back.

A request's tokens are cut, in their order, into logical blocks of `block_size` positions. Its block table says in which
physical block each of them lies. The KV of position p is in block `table[p // block_size]`, slot `p % block_size`: that is
all that paged attention needs to know, and the reason why neighbours in the text need not be neighbours in memory.

After vllm/v1/core/kv_cache_manager.py and single_type_kv_cache_manager.py, vLLM 0.33.0.
"""

from collections.abc import Callable
from typing import Literal

from kvsim.blocks import BlockPool
from kvsim.events import Event, Released, Taken
from kvsim.request import Request


class KVCache:
    """Lends the pool's blocks to requests; says each one that is taken or released as an event."""

    def __init__(self, pool: BlockPool, block_size: int, say: Callable[[Event], None]) -> None:
        self.pool = pool
        self.block_size = block_size
        self._say = say

    def blocks_for(self, tokens: int) -> int:
        """How many blocks so many tokens fill, the last one perhaps in part."""
        return -(-tokens // self.block_size)

    def blocks_needed(self, request: Request, tokens: int) -> int:
        """How many blocks a request lacks before it can hold the KV of its first `tokens` tokens."""
        return max(0, self.blocks_for(tokens) - len(request.table))

    def fits(self, request: Request, tokens: int) -> bool:
        return self.blocks_needed(request, tokens) <= len(self.pool.free)

    def allocate(self, request: Request, count: int) -> bool:
        """Give a request room for `count` more tokens after its computed ones; False, and no change, if too few blocks are free."""
        tokens = request.computed + count
        if not self.fits(request, tokens):
            return False
        for _ in range(self.blocks_needed(request, tokens)):
            block = self.pool.take()
            self._say(Taken(block, request.id, len(request.table)))
            request.table.append(block)
        return True

    def free(self, request: Request, why: Literal["finished", "preempted"]) -> None:
        """Give all of a request's blocks back. Its last block ends up foremost in the queue, so it is taken again first."""
        for index, block in enumerate(request.table):
            self.pool.give_back(block)
            self._say(Released(block, request.id, index, "front", why))
        request.table = []
