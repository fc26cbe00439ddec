"""What happened: every change that the engine makes, it says as one of these, in the order in which it happens.

Nothing else carries a run: the board, the sentences and the pictures are made from events alone. An event says its
reason as data, so that "why" can be answered later.

Words: a *block* is a physical page of the pool, a *request* is named by its id, an *index* is a place in that request's
block table (the logical block), a *position* counts tokens of one request from 0, a *place* counts the waiting queue
from its head. NamedTuples: cheap to make and to load.
"""

from typing import Literal, NamedTuple

from kvsim.blocks import End
from kvsim.hashes import Hash
from kvsim.tokens import Token

FinishReason = Literal["length", "stop", "abort"]
"""All the tokens it was allowed, or the model's limit; a stop token; or the client hung up."""

Reason = Literal["budget", "chunked prefill", "seats", "blocks", "gate", "watermark", "preempting step", "prefill interval"]
Limit = Literal["budget", "threshold", "model length"]
ReleaseReason = Literal["finished", "preempted", "window", "yielded"]
"""Its request left, or was preempted; no coming query reads it; its request gave it up, needing a block when none was free."""


class StepStarted(NamedTuple):
    """A forward pass begins; steps count from 0."""

    step: int


class Arrived(NamedTuple):
    """A request joins the waiting queue at `place`; all of its prompt tokens are known, none is computed."""

    request: str
    num_prompt_tokens: int
    place: int


class CacheReset(NamedTuple):
    """Somebody asked to forget all hashes: `done`, or refused since a block is held."""

    done: bool


class Waits(NamedTuple):
    """A request is not scheduled in this step: the head of the waiting queue, or the first running request that is left out.

    Said when the data change, not in every step; those behind wait behind it. By reason, `needed` and `free` are:

    - budget: tokens of the token budget; nothing is left, or less than a padded decode needs
    - chunked prefill: the same, and chunking is off, so the prompt goes through whole or not at all
    - seats: max_num_active_seqs (or max_num_seqs), and how many are left
    - blocks: free blocks; not even this step's tokens fit
    - gate: free blocks; this step's tokens would fit, but not all that are known (scheduler_reserve_full_isl)
    - watermark: free blocks; they would do, if `watermark` blocks had not to stay free
    - preempting step: nobody is admitted in a step that preempted
    - prefill interval: the steps that must pass between two that carry prefill
    """

    request: str
    reason: Reason
    needed: int = 0
    free: int = 0
    watermark: int = 0


class Admitted(NamedTuple):
    """The head of the waiting queue joins the end of the running list; `resumed` after a preemption.

    The KV of its first `hit` tokens is found in the cache.
    """

    request: str
    resumed: bool
    hit: int


class Touched(NamedTuple):
    """A cached block becomes entry `index` of a request's block table: a prefix hit. It leaves the free queue if it was in it."""

    block: int
    request: str
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs here


class Taken(NamedTuple):
    """The block at the front of the free queue becomes entry `index` of a request's block table.

    What was cached in it under `lost_hash`, if anything, is evicted.
    """

    block: int
    request: str
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs here
    lost_hash: Hash | None = None


class Stored(NamedTuple):
    """Full blocks can from now on be found by their hashes: those of a request from `first` (an index) on.

    `tokens` are all that lie in these blocks. Of a sliding window's blocks some are left out, perhaps all of them;
    `parent` is the hash of the block before the first one, None if there is none.
    """

    request: str
    first: int
    blocks: tuple[int, ...]
    hashes: tuple[Hash, ...]
    parent: Hash | None
    tokens: tuple[Token, ...]


class Scheduled(NamedTuple):
    """This step computes the KV of `count` tokens of a request, from position `start` on.

    The last of them are `drafts`, guesses that the model verifies (-1 is padding). `limit` says what kept `count` below
    what the request could use.
    """

    request: str
    start: int
    count: int  # type: ignore[assignment]  # hides tuple.count, likewise
    drafts: tuple[Token, ...] = ()
    limit: Limit | None = None


class Preempted(NamedTuple):
    """`victim` loses its blocks, since `for_request` needed `needed` more and only `free` were free.

    `lost` tokens had KV and will have to be computed again, unless they are found in the cache; what it has generated is kept. It
    joins the waiting queue at `place`. If this step had scheduled it already, its `unscheduled` tokens go back to the budget.
    """

    victim: str
    for_request: str
    needed: int
    free: int
    lost: int
    unscheduled: int = 0
    place: int = 0


class Sampled(NamedTuple):
    """The model said these tokens; the last one has no KV until a later step computes it.

    Of what this step computed, the KV of the last `rejected` tokens is of no use: drafts that were wrong, or past the end.
    """

    request: str
    tokens: tuple[Token, ...]
    rejected: int = 0


class Finished(NamedTuple):
    """A request leaves, wherever it stood."""

    request: str
    reason: FinishReason


class Released(NamedTuple):
    """A block leaves a table, and returns to one end of the free queue; `end` is None if others still hold it.

    The front is the end that is taken from.
    """

    block: int
    request: str
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs here
    end: End | None
    why: ReleaseReason


Event = (
    StepStarted | Arrived | CacheReset | Waits | Admitted | Touched | Taken | Stored
    | Scheduled | Preempted | Sampled | Finished | Released
)  # fmt: skip
