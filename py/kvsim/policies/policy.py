"""What every KV policy answers, and the answers of the plainest one.

A policy answers two questions that people mix up. Attention: which positions does a query read (`reads`)? Storage: which
positions stay stored (`gone` says which do not)? All answers are about ranges and whole blocks, never about single cells.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from kvsim.hashes import Hash
from kvsim.scenario import Config

Find = Callable[[Hash], int | None]
"""Looks a block up by its hash: its id, or None on a miss."""


class Knob(NamedTuple):
    """A number of tokens that a policy is tuned by."""

    name: str  # in JSON and in links
    label: str  # beside its field
    default: int


class KVPolicy:
    """One policy for the whole server. This one reads everything and keeps everything; the others override what they do differently."""

    name: ClassVar[str]
    """In JSON, in links and, with a capital letter, on the page."""

    knobs: ClassVar[tuple[Knob, ...]] = ()
    """What `__init__` takes after the config, in this order."""

    forgets: ClassVar[bool] = False
    """Whether `gone` ever says anything."""

    reads_say: str = "every position"
    """What a query reads, in words."""

    keeps_say: str = "everything"
    """What stays stored, in words."""

    pinned: range = range(0)
    """Positions that stay stored for as long as their request runs."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def reads(self, position: int) -> tuple[range, ...]:
        """The positions that the query at `position` attends to, itself included, as far as they are stored; ascending."""
        return (range(position + 1),)

    def gone(self, computed: int) -> range:
        """The positions that are no longer kept, once the first `computed` tokens have their KV; a block goes when all of it is gone."""
        return range(0)

    def yields(self, blocks: int) -> range:
        """Of a running request's table of `blocks`, the indices that it gives up when it needs a block and none is free, in this order."""
        return range(0)

    def most_blocks(self, blocks: int) -> int:
        """Of `blocks` that a sequence would fill, how many it needs at once: the admission gate asks for no more."""
        return blocks

    def fewest_blocks(self, tokens: int) -> int:
        """With fewer blocks than these, a sequence of so many tokens can't be computed, whatever its chunks."""
        return self.blocks_for(tokens)

    def longest_hit(self, hashes: Sequence[Hash], find: Find) -> list[int]:
        """The blocks of the longest usable prefix, NULL_BLOCK for those that would be gone; `hashes` are those of the blocks that may be hit.

        Here: walk from the first block and stop at the first miss, since a block behind it is of no use.
        """
        hit: list[int] = []
        for block_hash in hashes:
            block = find(block_hash)
            if block is None:
                break
            hit.append(block)
        return hit

    def caches(self, index: int, num_prompt_tokens: int) -> bool:
        """Whether a request's full block `index` is cached."""
        return True

    def blocks_for(self, tokens: int) -> int:
        """How many blocks so many tokens fill, the last one perhaps in part."""
        return -(-tokens // self.config.block_size)
