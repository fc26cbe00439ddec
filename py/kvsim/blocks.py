"""The pool: KV memory cut into blocks of equal size, lent out from a queue and given back to it.

After vllm/v1/core/block_pool.py and kv_cache_utils.py (FreeKVCacheBlockQueue), vLLM 0.33.0.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator

from kvsim.scenario import InitialPool

NULL_BLOCK = 0
"""Block 0 is a placeholder for ever: in no queue, never written, its reference count stays 0."""


class FreeQueue:
    """The free blocks in the order in which they will be handed out, front first.

    Two ends, and a block can also be taken out of the middle; each costs the same however long the queue is.
    """

    def __init__(self, blocks: Iterable[int] = ()) -> None:
        self._order: OrderedDict[int, None] = OrderedDict.fromkeys(blocks)

    def take_front(self) -> int:
        """Remove and return the next block; KeyError when none is free."""
        return self._order.popitem(last=False)[0]

    def take_out(self, block: int) -> None:
        """Remove a block from wherever it stands; KeyError when it is not free."""
        del self._order[block]

    def put_front(self, block: int) -> None:
        self._order[block] = None
        self._order.move_to_end(block, last=False)

    def put_back(self, block: int) -> None:
        self._order[block] = None

    def copy(self) -> "FreeQueue":
        return FreeQueue(self._order)

    def __iter__(self) -> Iterator[int]:
        return iter(self._order)

    def __len__(self) -> int:
        return len(self._order)

    def __contains__(self, block: object) -> bool:
        return block in self._order

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FreeQueue) and self._order == other._order  # the order counts

    __hash__ = None  # type: ignore[assignment]  # it changes


class BlockPool:
    """All blocks, by id: how many hold each one (`ref_counts`), and which are free (`free`)."""

    def __init__(self, num_blocks: int, initial: InitialPool) -> None:
        self.ref_counts = [0] * num_blocks
        for block in initial.held:
            self.ref_counts[block] = 1
        self.free = FreeQueue(initial.free)
        self.usable = len(initial.free)  # the most that can ever be free: the others have an owner that never runs

    def take(self) -> int:
        """Hand out the block at the front of the queue; KeyError when none is free."""
        block = self.free.take_front()
        self.ref_counts[block] = 1
        return block

    def give_back(self, block: int) -> None:
        """One holder less. A block that nobody holds is the next to be handed out: nothing in it can be found again."""
        self.ref_counts[block] -= 1
        if self.ref_counts[block] == 0:
            self.free.put_front(block)

    def check(self) -> None:
        """Every block is in exactly one place: free, held, or the null block. AssertionError otherwise."""
        for block, ref_count in enumerate(self.ref_counts):
            assert ref_count >= 0, f"block {block} was given back too often"
            free = block in self.free
            assert free == (ref_count == 0 and block != NULL_BLOCK), f"block {block}: free {free}, {ref_count} holders"
