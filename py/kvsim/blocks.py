"""The pool: KV memory cut into blocks of equal size, lent out from a queue, given back to it, and found again by hash.

After vllm/v1/core/block_pool.py and kv_cache_utils.py (FreeKVCacheBlockQueue), vLLM 0.33.0.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Literal

from kvsim.hashes import Hash
from kvsim.scenario import InitialPool

NULL_BLOCK = 0
"""Block 0 is a placeholder for ever: in no queue, never written, its reference count stays 0. A block table names it where
it has a hole."""

End = Literal["front", "back"]


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
    """All blocks, by id: how many hold each one (`ref_counts`), which are free (`free`), and what is cached in them.

    A cached block has a hash (`hash_of`), under which its KV can be found for as long as nobody writes over it, whether
    somebody holds it or it is free. Several blocks can hold the same content, and so have the same hash.
    """

    def __init__(self, num_blocks: int, initial: InitialPool) -> None:
        self.ref_counts = [0] * num_blocks
        for block in initial.held:
            self.ref_counts[block] = 1
        self.free = FreeQueue(initial.free)
        self.usable = len(initial.free)  # the most that can ever be free: the others have an owner that never runs
        self.hash_of: list[Hash | None] = [None] * num_blocks
        self._with_hash: dict[Hash, dict[int, None]] = {}  # a dict for its order: the first one cached comes first

    def take(self) -> tuple[int, Hash | None]:
        """Hand out the block at the front, and evict what was cached in it: its hash, if it had one. KeyError when none is free."""
        block = self.free.take_front()
        self.ref_counts[block] = 1
        lost_hash = self.hash_of[block]
        if lost_hash is not None:
            self._evict(block, lost_hash)
        return block, lost_hash

    def touch(self, block: int) -> None:
        """One holder more for a cached block. If it was free, it leaves the queue from wherever it stands."""
        if self.ref_counts[block] == 0:
            self.free.take_out(block)
        self.ref_counts[block] += 1

    def give_back(self, block: int) -> End | None:
        """One holder less; returns the end of the queue to which the block went, None if others still hold it.

        A block with a hash goes to the back: it stays readable until all before it are taken. One without can never
        be found again, so it is the next to be handed out.
        """
        self.ref_counts[block] -= 1
        if self.ref_counts[block] > 0:
            return None
        if self.hash_of[block] is None:
            self.free.put_front(block)
            return "front"
        self.free.put_back(block)
        return "back"

    def cache(self, block: int, block_hash: Hash) -> None:
        """Let a full block be found by its hash."""
        self.hash_of[block] = block_hash
        self._with_hash.setdefault(block_hash, {})[block] = None

    def find(self, block_hash: Hash) -> int | None:
        """The block that was cached first of those with this hash, if there is any."""
        blocks = self._with_hash.get(block_hash)
        return next(iter(blocks)) if blocks else None

    def reset_cache(self) -> bool:
        """Forget all hashes; refused, and False, while anybody holds a block. The queue stays in order."""
        if len(self.free) < len(self.ref_counts) - 1:
            return False
        for blocks in self._with_hash.values():
            for block in blocks:
                self.hash_of[block] = None
        self._with_hash.clear()
        return True

    @property
    def num_distinct_hashes(self) -> int:
        return len(self._with_hash)

    def check(self) -> None:
        """Every block is in exactly one place: free, held, or the null block, and found by its hash. AssertionError otherwise."""
        for block, ref_count in enumerate(self.ref_counts):
            assert ref_count >= 0, f"block {block} was given back too often"
            free = block in self.free
            assert free == (ref_count == 0 and block != NULL_BLOCK), f"block {block}: free {free}, {ref_count} holders"
        found = {block: block_hash for block_hash, blocks in self._with_hash.items() for block in blocks}
        assert found == {block: block_hash for block, block_hash in enumerate(self.hash_of) if block_hash is not None}
        assert all(self._with_hash.values()), "a hash without a block"

    def _evict(self, block: int, block_hash: Hash) -> None:
        self.hash_of[block] = None
        blocks = self._with_hash[block_hash]
        del blocks[block]
        if not blocks:
            del self._with_hash[block_hash]
