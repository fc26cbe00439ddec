"""Block tables: which physical blocks hold a request's KV, how they are found in the cache, grow, and are given back.

A request's tokens are cut, in their order, into logical blocks of `block_size` positions. Its block table says in which
physical block each of them lies. The KV of position p is in block `table[p // block_size]`, slot `p % block_size`: that is
all that paged attention needs to know, and the reason why neighbours in the text need not be neighbours in memory.

After vllm/v1/core/kv_cache_manager.py and single_type_kv_cache_manager.py, vLLM 0.33.0.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Literal, NamedTuple

from kvsim.blocks import NULL_BLOCK, BlockPool
from kvsim.events import Event, Released, ReleaseReason, Stored, Taken, Touched
from kvsim.hashes import BlockHashes, Hash
from kvsim.policies import policy_of
from kvsim.request import Request
from kvsim.scenario import Config


class Shortage(NamedTuple):
    """Why a waiting request gets no blocks: `needed`, and `watermark` more, must be free, and only `free` are."""

    reason: Literal["blocks", "gate", "watermark"]
    needed: int
    free: int
    watermark: int


class KVCache:
    """Lends the pool's blocks to requests; says each one that is touched, taken, cached or released as an event."""

    def __init__(self, pool: BlockPool, config: Config, say: Callable[[Event], None]) -> None:
        self.pool = pool
        self.block_size = config.block_size
        self.policy = policy_of(config)
        self._caching = config.enable_prefix_caching
        self._gate = config.scheduler_reserve_full_isl
        self._watermark_blocks = int(config.watermark * config.num_gpu_blocks)
        self._block_hashes = BlockHashes()
        self._say = say

    def blocks_for(self, tokens: int) -> int:
        """How many blocks so many tokens fill, the last one perhaps in part."""
        return -(-tokens // self.block_size)

    def longest_hit(self, request: Request) -> list[int]:
        """The head of a block table for a waiting request, made of blocks whose KV is cached; looking touches nothing.

        At most all tokens but the last: that one must be computed, or there is nothing to sample from. Blocks that no
        coming query reads are holes, NULL_BLOCK. Time: the length of the prompt in blocks.
        """
        if not self._caching:
            return []
        most = (len(request.token_ids) - 1) // self.block_size
        return self.policy.longest_hit(self._hashes(request, most)[:most], self.pool.find)

    def shortage(self, request: Request, hit: list[int], count: int, others_run: bool) -> Shortage | None:
        """What keeps a waiting request from `count` tokens behind its hit; None if they fit."""
        watermark = self._watermark(others_run)
        now = self._blocks_needed(hit, self.blocks_for(len(hit) * self.block_size + count))
        needed = max(now, self._blocks_for_all(request, hit))
        free = len(self.pool.free)
        if needed + watermark <= free:
            return None
        return Shortage("watermark" if needed <= free else "gate" if now + watermark <= free else "blocks", needed, free, watermark)

    def admit(self, request: Request, hit: list[int], count: int) -> None:
        """Give a waiting request its hit, and room for `count` tokens behind it; `shortage` must have said that they fit."""
        for index, block in enumerate(hit):
            if block != NULL_BLOCK:
                self.pool.touch(block)
                self._say(Touched(block, request.id, index))
        request.table = hit
        request.num_cached_blocks = len(hit) or None
        request.computed = len(hit) * self.block_size
        tokens = request.computed + count
        self._take(request, self.missing(request, tokens))
        self.cache(request, tokens)

    def allocate(self, request: Request, count: int) -> bool:
        """Give a running request room for `count` more tokens; False, and no block is taken, if too few are free.

        A policy may have the request give up blocks of its own for that; it gives up none in vain.
        """
        if self.policy.forgets:
            self._forget(request)
        tokens = request.computed + count
        missing = self.missing(request, tokens)
        if missing > len(self.pool.free) and not self._yield(request, missing - len(self.pool.free)):
            return False
        if missing > 0:
            self._take(request, missing)
        self.cache(request, tokens)
        return True

    def missing(self, request: Request, tokens: int) -> int:
        """How many blocks a running request lacks for its first `tokens` tokens; after rejected drafts it may have more than it needs, and this is negative."""
        return -(-tokens // self.block_size) - len(request.table)

    def cache(self, request: Request, tokens: int) -> None:
        """Let the blocks that are full within the first `tokens` tokens be found by their hashes; drafts are never cached."""
        full = min(tokens, len(request.token_ids)) // self.block_size
        first = request.num_cached_blocks or 0
        if full <= first or not self._caching or request.has_yielded:
            return
        hashes, table, of_prompt = self._hashes(request, full), request.table, len(request.spec.prompt)
        indices = [index for index in range(first, full) if table[index] != NULL_BLOCK and self.policy.caches(index, of_prompt)]
        for index in indices:
            self.pool.cache(table[index], hashes[index])
        self._say(
            Stored(
                request.id,
                first,
                tuple([table[index] for index in indices]),
                tuple([hashes[index] for index in indices]),
                hashes[first - 1] if first else None,
                tuple(request.token_ids[first * self.block_size : full * self.block_size]),
            )
        )
        request.num_cached_blocks = full

    def free(self, request: Request, why: ReleaseReason) -> None:
        """Give all of a request's blocks back, the last one first: the end of a cached prefix is evicted before its beginning."""
        self._give_back(request, reversed(range(len(request.table))), why)
        request.table = []
        request.num_cached_blocks = None
        request.has_yielded = False

    def never_fits(self, request: Request) -> bool:
        """The known tokens of a request can't be computed in all the blocks that can ever be free, whatever it finds in the cache."""
        return self.policy.fewest_blocks(len(request.token_ids)) > self.pool.usable

    def _watermark(self, others_run: bool) -> int:
        """Blocks that must stay free when somebody is admitted, so that those who run can grow; nobody's, if nobody runs."""
        return self._watermark_blocks if others_run else 0

    def _blocks_for_all(self, request: Request, hit: list[int]) -> int:
        """The full-sequence gate (scheduler_reserve_full_isl): blocks for all known tokens must be free now, though nothing is reserved."""
        if not self._gate:
            return 0
        return self._blocks_needed(hit, self.policy.most_blocks(self.blocks_for(len(request.token_ids))))

    def _blocks_needed(self, hit: list[int], blocks: int) -> int:
        """How many free blocks a table of `blocks` uses up: new ones, and those of the hit that are free so far."""
        return max(0, blocks - len(hit)) + sum(block != NULL_BLOCK and self.pool.ref_counts[block] == 0 for block in hit)

    def _take(self, request: Request, blocks: int) -> None:
        """Let a request's block table grow by blocks from the front of the free queue."""
        for _ in range(blocks):
            block, lost_hash = self.pool.take()
            self._say(Taken(block, request.id, len(request.table), lost_hash))
            request.table.append(block)

    def _hashes(self, request: Request, blocks: int) -> list[Hash]:
        """The hashes of a request's first full blocks, these and perhaps more, each made when it is first asked for."""
        known, size = request.block_hashes, self.block_size
        while len(known) < blocks:
            tokens = tuple(request.token_ids[len(known) * size : (len(known) + 1) * size])
            chained = self._block_hashes.next(known[-1], tokens) if known else self._block_hashes.first(tokens, request.spec.cache_salt)
            known.append(chained)
        return known

    def _blocks_gone(self, computed: int) -> range:
        """The indices of blocks that lie, as a whole, in what the policy no longer reads."""
        gone = self.policy.gone(computed)
        return range(self.blocks_for(gone.start), gone.stop // self.block_size)

    def _forget(self, request: Request) -> None:
        """Give back the blocks that no coming query reads, the last one first; the table keeps holes, so positions never move."""
        gone = self._blocks_gone(request.computed)
        indices = []
        for index in reversed(range(gone.start, min(gone.stop, len(request.table)))):
            if request.table[index] == NULL_BLOCK:
                break  # this one and all before it went earlier
            indices.append(index)
        self._give_back(request, indices, "window")

    def _yield(self, request: Request, short: int) -> bool:
        """Give up `short` of a request's own blocks, as its policy says, and none that is shared; False, and none goes, if it has not so many.

        From then on its KV depends on more than its tokens: what it computes later is not cached.
        """
        own = (index for index in self.policy.yields(len(request.table)) if request.table[index] != NULL_BLOCK)
        indices = list(islice((index for index in own if self.pool.ref_counts[request.table[index]] == 1), short))
        if len(indices) < short:
            return False
        request.has_yielded = True
        for index in indices:
            self._give_back(request, [index], "yielded")
        return True

    def _give_back(self, request: Request, indices: Iterable[int], why: ReleaseReason) -> None:
        """Release table entries; of those without a hash the first named will be the next to be taken, of the others it will be evicted first."""
        entries = [(index, request.table[index]) for index in indices if request.table[index] != NULL_BLOCK]
        never_found = [entry for entry in entries if self.pool.hash_of[entry[1]] is None]
        cached = [entry for entry in entries if self.pool.hash_of[entry[1]] is not None]
        for index, block in never_found[::-1] + cached:
            request.table[index] = NULL_BLOCK
            self._say(Released(block, request.id, index, self.pool.give_back(block), why))
