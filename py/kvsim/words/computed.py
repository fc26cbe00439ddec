"""What one step computed of one request, in words: what was found, what was written and where, and what the model said."""

from collections.abc import Sequence
from typing import Literal

from kvsim import attention
from kvsim.board import Board
from kvsim.events import Admitted, Event, Finished, Released, Sampled, Scheduled, Taken, Touched
from kvsim.model import PADDING
from kvsim.policies import policy_of
from kvsim.scenario import RequestSpec
from kvsim.tokens import shown
from kvsim.words.parts import Mention, Part, blocks_named, count_of, listed, request_mention

MOST_WORDS = 8
"""Of what was given up; above, positions are said."""


class Work:
    """What one step did with one request, gathered from the step's events and the board."""

    def __init__(self, spec: RequestSpec, scheduled: Scheduled, events: Sequence[Event], board: Board) -> None:
        mine = [event for event in events if getattr(event, "request", None) == spec.id]
        request, config = board.requests[spec.id], board.scenario.config
        self.spec = spec
        self.alone = len(board.scenario.requests) == 1
        self.of_prompt = len(spec.prompt)
        self.padding = scheduled.drafts.count(PADDING)  # if there is any, there is nothing else
        self.drafts = len(scheduled.drafts) - self.padding
        self.start, self.count, self.limit = scheduled.start, scheduled.count - self.padding, scheduled.limit
        self.end = self.start + self.count
        self.admitted = next((event for event in mine if isinstance(event, Admitted)), None)
        self.sampled = next((event for event in mine if isinstance(event, Sampled)), None)
        self.finished = next((event for event in mine if isinstance(event, Finished)), None)
        self.takes_a_block = any(isinstance(event, Taken) for event in mine)
        self.touched: list[int | None] = [event.block for event in mine if isinstance(event, Touched)]
        self.released = sorted((event for event in mine if isinstance(event, Released) and event.why in ("window", "yielded")), key=lambda event: event.index)
        self.known = request.tokens - (len(self.sampled.tokens) if self.sampled else 0)  # tokens that could be computed in this step
        self.size = size = config.block_size
        self.policy = policy_of(config)
        kept = attention.stored(request.table, self.end, size)
        self.stored = attention.count(kept)
        self.reads = attention.count(attention.read(self.policy, self.end - 1, kept))  # by the last query
        self.slot = self.start % size
        self.blocks = request.table[self.start // size : (self.end - 1) // size + 1]  # those that are written to

    @property
    def decodes(self) -> bool:
        """One token of the answer, and perhaps drafts of what follows it."""
        return self.start >= self.of_prompt and self.count - self.drafts == 1

    def token(self, position: int, kind: Literal["written", "sampled"]) -> Mention:
        return Mention(shown(self.spec.token(position)), kind, position)


def computed(work: Work) -> list[Part]:
    """The whole sentence of one request."""
    subject: list[Part] = [] if work.alone else [request_mention(work.spec.id), ": "]
    padded = [f"It is padded by {count_of(work.padding, 'token')}, as wide as a decode with drafts. "] if work.padding else []
    return [*subject, *_given_up(work), *_what(work), *padded, *_said(work)]


def _given_up(work: Work) -> list[Part]:
    """What the policy gave back before the step's tokens were written."""
    if not work.released or _is_replaced(work):
        return []
    blocks = blocks_named([event.block for event in work.released])
    many = len(blocks) > 1
    if work.released[0].why == "yielded":
        which = f"the {len(work.released):,} oldest that are not pinned are" if many else "the oldest that is not pinned is"
        return [f"Too few blocks are free, so {which} given up: ", *blocks, ", with ", _lost(work), ". "]
    if isinstance(blocks[0], Mention):
        blocks[0] = blocks[0]._replace(text=blocks[0].text.capitalize())
    else:
        blocks[0] = blocks[0].capitalize()
    goes = " go back" if many else " goes back"
    shared = ", though others still hold a part of it" if any(event.end is None for event in work.released) else ""
    return [*blocks, f"{goes}: no query will read ", _lost(work), f" again{shared}. "]


def _is_replaced(work: Work) -> bool:
    """The block that was given up is the one that is taken for the next token."""
    return work.decodes and len(work.released) == 1 and work.released[0].why == "yielded" and work.blocks == [work.released[0].block]


def _lost(work: Work) -> Mention:
    """The tokens that were given up: their words, if they are few and in a row, else their positions."""
    first, last = work.released[0].index * work.size, (work.released[-1].index + 1) * work.size - 1
    in_a_row = last - first + 1 == len(work.released) * work.size
    if in_a_row and last - first < MOST_WORDS:
        return Mention(" ".join(shown(work.spec.token(position)) for position in range(first, last + 1)), "gone", first)
    if in_a_row:
        return Mention(f"positions {first:,} to {last:,}", "positions", first)
    return Mention(f"{len(work.released) * work.size:,} tokens", "positions", first)


def _what(work: Work) -> list[Part]:
    if work.admitted and (work.admitted.resumed or work.admitted.hit):
        return _comes_with_a_past(work, work.admitted)
    if work.decodes:
        return _decoded(work)
    if work.count == work.of_prompt:
        return ["The whole prompt goes through the model at once: ", *_keys_and_values(work), ". "]
    if work.end == work.known:
        rest = "The rest of the prompt" if work.known == work.of_prompt else "The rest"
        reads = "it reads all that came before. " if work.reads == work.end else f"its last query reads {_reads(work)}. "
        return [f"{rest} follows: ", *_keys_and_values(work), f", and {reads}"]
    return _chunk(work)


def _comes_with_a_past(work: Work, admitted: Admitted) -> list[Part]:
    """A prefix hit, or a return after a preemption, or both: what is found need not be computed."""
    back = "back after its preemption, it " if admitted.resumed else "It "
    if not admitted.hit:
        which = f"its {count_of(work.known, 'token')}" if work.end == work.known else f"the first {work.count:,} of its {count_of(work.known, 'token')}"
        return [f"{back}computes {which}, from the start: ", *_keys_and_values(work), ". "]
    found: list[Part] = [f"{back}finds the KV of its first {count_of(admitted.hit, 'token')} in the cache"]
    if work.touched:
        found += [", in ", *blocks_named(work.touched)]
    left = work.known - admitted.hit
    which = f"the last {left:,}" if work.count - work.drafts == left else f"{work.count:,} of the other {left:,}"
    return [*found, f", and computes only {which}: ", *_keys_and_values(work), ". "]


def _decoded(work: Work) -> list[Part]:
    if work.drafts:
        with_drafts = count_of(work.drafts, "draft")
        return [work.token(work.start, "written"), f" and {with_drafts} of what may follow are computed at once: ", *_keys_and_values(work), ". "]
    token, block = work.token(work.start, "written"), blocks_named(work.blocks)[0]
    if _is_replaced(work):
        oldest: list[Part] = ["No block is free, so the oldest that is not pinned, ", block, ", gives up ", _lost(work)]
        return [*oldest, " and takes ", token, f", which reads {_reads(work)}. "]
    then = "Then " if work.released else ""
    if work.takes_a_block:
        the = "the" if then else "The"
        written: list[Part] = [f"{then}{the} last block is full, so ", block, " comes from the front of the free queue. ", token, " is written there"]
    else:
        written = [then, token, " is written to ", block, f", slot {work.slot}"]
    others = work.stored - work.reads
    kept = f"The other {others:,} stay stored all the same: fewer reads, no memory saved. " if others and not work.policy.forgets else ""
    return [*written, f", and reads {_reads(work)}. {kept}"]


def _reads(work: Work) -> str:
    """What the last query of the step reads, and of how many."""
    return f"all {work.end:,} positions" if work.reads == work.end else f"{work.policy.reads_say} of {work.end:,} positions"


def _chunk(work: Work) -> list[Part]:
    whose = "the prompt’s" if work.known == work.of_prompt else "its"
    who = "The long-prefill threshold" if work.limit == "threshold" else "The token budget"
    through = f"{who} lets {work.count:,} of {whose} {work.known:,} tokens through: "
    return [through, *_keys_and_values(work), f". {work.known - work.end:,} to go, so the model says nothing yet. "]


def _said(work: Work) -> list[Part]:
    if not work.sampled:
        return []
    tokens: list[Part] = [work.token(work.known + i, "sampled") for i in range(len(work.sampled.tokens))]
    verdict = f"The model takes {len(tokens) - 1} of {count_of(work.drafts, 'draft')} and says " if work.drafts else "The model says "
    said = [verdict, *listed(tokens)[1:]]
    if work.finished and work.finished.reason != "abort":
        why = "that is a stop token" if work.finished.reason == "stop" else "the answer is done"
        return [*said, f", and {why}: its last token gets no KV. "]
    return [*said, ". " if work.decodes and not work.drafts else ", which has no KV yet. "]


def _keys_and_values(work: Work) -> list[Part]:
    are_written = "1 key and value is written to " if work.count == 1 else f"{work.count:,} keys and values are written to "
    return [are_written, *blocks_named(work.blocks)]
