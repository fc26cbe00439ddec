"""An event as a sentence: what a step did and why, with references to what it names.

A sentence is a tuple of parts. A part is plain text, or a `Mention` of something that the picture shows, so that whoever
draws the sentence can mark the thing itself. Everything said here is read off events and the board they make.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from kvsim.board import Board
from kvsim.events import Admitted, Event, Finished, Preempted, Sampled, Scheduled, Taken, Waits
from kvsim.recording import Recording
from kvsim.scenario import RequestSpec, Scenario
from kvsim.tokens import shown


class Mention(NamedTuple):
    """A part of a sentence that names something. `number` is a token's position, or a block's id."""

    text: str
    kind: Literal["written", "sampled", "block", "request", "alarm"]
    number: int | None = None


MOST_BLOCKS_NAMED = 4

Part = str | Mention
Sentence = tuple[Part, ...]


def plain(sentence: Sentence) -> str:
    """The sentence as text alone, its tokens in quotation marks."""
    return "".join(_as_text(part) for part in sentence)


def phase(recording: Recording, position: int) -> str:
    """What people call this step: "prefill", "decode", or how the run stands."""
    if position == 0:
        return "before the first step"
    if _is_out_of_blocks(recording, position):
        return "out of blocks"
    kinds = set()
    for event in recording.step_events(position):
        if isinstance(event, Scheduled):
            of_prompt = len(_spec(recording.scenario, event.request).prompt)
            kinds.add("decode" if event.start >= of_prompt and event.count == 1 else "prefill")
    return " and ".join(sorted(kinds, reverse=True)) or "nothing to compute"


def step_sentence(recording: Recording, position: int, board: Board) -> Sentence:
    """What the step of a position did and why; `board` is the recording's board at that position."""
    if position == 0:
        return _before(recording.scenario)
    events = recording.step_events(position)
    if _is_out_of_blocks(recording, position):
        return _out_of_blocks(recording, events)
    parts: list[Part] = []
    for event in events:
        if isinstance(event, Preempted):
            parts += _preempted(event)
        elif isinstance(event, Scheduled):
            parts += _computed(_Work(event, events, board))
        elif isinstance(event, Waits):
            parts += _waits(event)
    return _without_last_blank(parts) or ("Nothing to compute in this step.",)


def _as_text(part: Part) -> str:
    if isinstance(part, str):
        return part
    return f"“{part.text}”" if part.kind in ("written", "sampled") else part.text


class _Work:
    """What one step did with one request, gathered from the step's events and the board."""

    def __init__(self, scheduled: Scheduled, events: Sequence[Event], board: Board) -> None:
        name, scenario = scheduled.request, board.scenario
        mine = [event for event in events if getattr(event, "request", None) == name]
        self.spec = _spec(scenario, name)
        self.alone = len(scenario.requests) == 1
        self.of_prompt = len(self.spec.prompt)
        self.start, self.count = scheduled.start, scheduled.count
        self.end = scheduled.start + scheduled.count
        self.takes_a_block = any(isinstance(event, Taken) for event in mine)
        self.sampled = any(isinstance(event, Sampled) for event in mine)
        self.known = board.requests[name].tokens - self.sampled  # tokens that could be computed in this step
        self.finished = any(isinstance(event, Finished) for event in mine)
        self.resumed = any(isinstance(event, Admitted) and event.resumed for event in mine)
        size, table = scenario.config.block_size, board.requests[name].table
        self.slot = self.start % size
        self.blocks = table[self.start // size : (self.end - 1) // size + 1]  # those that are written to

    def token(self, position: int, kind: Literal["written", "sampled"]) -> Mention:
        return Mention(shown(self.spec.token(position)), kind, position)


def _before(scenario: Scenario) -> Sentence:
    if len(scenario.requests) > 1:
        return (f"{len(scenario.requests)} requests will come, and nothing is computed yet: no key, no value, no block.",)
    tokens, budget = len(scenario.requests[0].prompt), scenario.config.max_num_batched_tokens
    takes = "the whole prompt at once" if tokens <= budget else f"the first {budget:,}, as many as the token budget lets through"
    return (f"The prompt is {_count(tokens, 'token')}, and nothing is computed yet: no key, no value, no block. The first step takes {takes}.",)


def _computed(work: _Work) -> list[Part]:
    subject: list[Part] = [] if work.alone else [Mention(work.spec.id, "request"), ": "]
    what: list[Part]
    if work.resumed:
        what = _from_the_start(work)
    elif work.start >= work.of_prompt and work.count == 1:
        what = _decoded(work)
    elif work.count == work.of_prompt:
        what = ["The whole prompt goes through the model at once: ", *_keys_and_values(work), ". "]
    elif work.end == work.known:
        rest = "The rest of the prompt" if work.known == work.of_prompt else "The rest"
        what = [f"{rest} follows: ", *_keys_and_values(work), ", and it reads all that came before. "]
    else:
        what = _chunk(work)
    return subject + what + _said(work)


def _decoded(work: _Work) -> list[Part]:
    token, block = work.token(work.start, "written"), _blocks(work.blocks)[0]
    if work.takes_a_block:
        written: list[Part] = ["The last block is full, so ", block, " comes from the front of the free queue. ", token, " is written there"]
    else:
        written = [token, " is written to ", block, f", slot {work.slot}"]
    return [*written, f", and reads all {work.end} positions. "]


def _chunk(work: _Work) -> list[Part]:
    whose = "the prompt’s" if work.known == work.of_prompt else "its"
    through = f"The token budget lets {work.count:,} of {whose} {work.known:,} tokens through: "
    return [through, *_keys_and_values(work), f". {work.known - work.end:,} to go, so the model says nothing yet. "]


def _from_the_start(work: _Work) -> list[Part]:
    """After a preemption everything is computed again, and with it the newest token, which never was."""
    which = f"its {_count(work.known, 'token')}" if work.end == work.known else f"the first {work.count:,} of its {_count(work.known, 'token')}"
    return [f"back after its preemption, it computes {which}, from the start: ", *_keys_and_values(work), ". "]


def _said(work: _Work) -> list[Part]:
    if not work.sampled:
        return []
    said: list[Part] = ["The model says ", work.token(work.end, "sampled")]
    if work.finished:
        return [*said, ", and the answer is done: nobody will read that token’s KV, so it gets none. "]
    return [*said, ", which has no KV yet. " if work.count > 1 or work.start < work.of_prompt else ". "]


def _preempted(event: Preempted) -> list[Part]:
    needs = f" needs {_count(event.needed, 'more block', 'more blocks')} and {_are(event.free)} free"
    victim: list[Part] = [", so ", Mention(event.victim, "request"), ", the last one in,"]
    if event.victim == event.for_request:
        victim = [", and being the last one in itself, it"]
    lost = f" is preempted: it gives all its blocks back, and {_count(event.lost, 'token')} must be computed again. "
    return [Mention(event.for_request, "request"), needs, *victim, lost]


def _waits(event: Waits) -> list[Part]:
    return [Mention(event.request, "request"), f" waits: it needs {_count(event.needed, 'block')}, and {_are(event.free)} free. "]


def _is_out_of_blocks(recording: Recording, position: int) -> bool:
    return recording.ending == "out of blocks" and position == recording.last_position


def _out_of_blocks(recording: Recording, events: Sequence[Event]) -> Sentence:
    alarm = Mention("Out of blocks.", "alarm")
    usable = len(recording.scenario.initial_pool().free)
    for event in events:
        if isinstance(event, Preempted) and event.victim == event.for_request:
            token = Mention(shown(_spec(recording.scenario, event.victim).token(event.lost)), "sampled", event.lost)
            return (alarm, " ", token, f" at position {event.lost:,} needs one more block, and {_are(event.free)} free. "
                    f"The pool can lend {usable:,} at most, so the answer ends here.")  # fmt: skip
    waits = next(event for event in reversed(recording.events) if isinstance(event, Waits))
    who: Part = "the prompt" if len(recording.scenario.requests) == 1 else Mention(waits.request, "request")
    return (alarm, " As a whole, ", who, f" needs {_count(waits.needed, 'block')}, and only {usable:,} can ever be free. "
            "It would wait for ever, so the run ends here.")  # fmt: skip


def _spec(scenario: Scenario, name: str) -> RequestSpec:
    return next(spec for spec in scenario.requests if spec.id == name)


def _keys_and_values(work: _Work) -> list[Part]:
    are_written = "1 key and value is written to " if work.count == 1 else f"{work.count:,} keys and values are written to "
    return [are_written, *_blocks(work.blocks)]


def _blocks(blocks: Sequence[int | None]) -> list[Part]:
    """Blocks by id, as far as one wants to read them."""
    if len(blocks) == 1:
        return [Mention(f"block {blocks[0]}", "block", blocks[0])]
    if len(blocks) > MOST_BLOCKS_NAMED:
        return [f"{len(blocks):,} blocks"]
    named: list[Part] = ["blocks "]
    for i, block in enumerate(blocks):
        named += ["" if i == 0 else " and " if i == len(blocks) - 1 else ", ", Mention(str(block), "block", block)]
    return named


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _are(number: int) -> str:
    return "none is" if number == 0 else "1 is" if number == 1 else f"{number:,} are"


def _without_last_blank(parts: Sequence[Part]) -> Sentence:
    """Each clause leaves a blank after it; the last one need not."""
    if parts and isinstance(parts[-1], str):
        return (*parts[:-1], parts[-1].rstrip())
    return tuple(parts)
