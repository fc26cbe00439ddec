"""What happened: every change that the engine makes, it says as one of these, in the order in which it happens.

Nothing else carries a run: the board, the sentences and the pictures are made from events alone. An event says its
reason as data, so that "why" can be answered later.

Words: a *block* is a physical page of the pool, a *request* is named by its id, an *index* is a place in that request's
block table (the logical block), a *position* counts tokens of one request from 0. NamedTuples: cheap to make and to load.
"""

from typing import Literal, NamedTuple

from kvsim.tokens import Token


class StepStarted(NamedTuple):
    """A forward pass begins; steps count from 0."""

    step: int


class Arrived(NamedTuple):
    """A request joins the end of the waiting queue; all of its prompt tokens are known, none is computed."""

    request: str
    num_prompt_tokens: int


class Waits(NamedTuple):
    """The head of the waiting queue was not admitted: it needs `needed` blocks for all its tokens, and `free` are free.

    Said when the data change, not in every step.
    """

    request: str
    needed: int
    free: int


class Admitted(NamedTuple):
    """A request moves from the head of the waiting queue to the end of the running list; `resumed` after a preemption."""

    request: str
    resumed: bool


class Taken(NamedTuple):
    """The block at the front of the free queue becomes entry `index` of a request's block table."""

    block: int
    request: str
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs here


class Scheduled(NamedTuple):
    """This step computes the KV of `count` tokens of a request, from position `start` on."""

    request: str
    start: int
    count: int  # type: ignore[assignment]  # hides tuple.count, likewise


class Preempted(NamedTuple):
    """`victim` loses its blocks, since `for_request` needed `needed` more and only `free` were free.

    `lost` tokens will have to be computed again. The victim goes to the front of the waiting queue; what it has
    generated is kept.
    """

    victim: str
    for_request: str
    needed: int
    free: int
    lost: int


class Sampled(NamedTuple):
    """The model said these tokens; the last one has no KV until a later step computes it."""

    request: str
    tokens: tuple[Token, ...]


class Finished(NamedTuple):
    """A request is done: "length" means that it generated all the tokens it was allowed."""

    request: str
    reason: Literal["length"]


class Released(NamedTuple):
    """A block leaves a table and returns to one end of the free queue; the front is the end that is taken from."""

    block: int
    request: str
    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs here
    end: Literal["front", "back"]
    why: Literal["finished", "preempted"]


Event = StepStarted | Arrived | Waits | Admitted | Taken | Scheduled | Preempted | Sampled | Finished | Released
