"""A whole step in words."""

from collections.abc import Sequence

from kvsim import attention
from kvsim.board import Board
from kvsim.events import CacheReset, Event, Finished, Preempted, Scheduled, Waits
from kvsim.policies import policy_of
from kvsim.recording import Recording
from kvsim.scenario import RequestSpec, Scenario
from kvsim.tokens import shown
from kvsim.words.computed import Work, computed
from kvsim.words.other import aborted, cache_reset, preempted, waits
from kvsim.words.parts import Mention, Part, Sentence, are, count_of, request_mention, without_last_blank


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
            kinds.add("decode" if event.start >= of_prompt and event.count - len(event.drafts) == 1 else "prefill")
    return " and ".join(sorted(kinds, reverse=True)) or "nothing to compute"


def step_sentence(recording: Recording, position: int, board: Board) -> Sentence:
    """What the step of a position did and why; `board` is the recording's board at that position."""
    if position == 0:
        return _before(recording.scenario)
    events = recording.step_events(position)
    if _is_out_of_blocks(recording, position):
        return _out_of_blocks(recording, events)
    parts = [part for event in events for part in _clause(event, events, board)]
    if recording.ending == "stuck" and position == recording.last_position:
        parts.append("It would wait for ever, so the run ends here. ")
    return without_last_blank(parts) or ("Nothing to compute in this step.",)


def _clause(event: Event, events: Sequence[Event], board: Board) -> list[Part]:
    """What one event adds to its step's sentence."""
    if isinstance(event, Scheduled):
        request = board.requests[event.request]
        if request.scheduled != event or request.status == "finished":
            return []  # it was unscheduled again, or aborted while the model computed
        return computed(Work(_spec(board.scenario, event.request), event, events, board))
    if isinstance(event, Waits):
        return waits(event)
    if isinstance(event, Preempted):
        return preempted(event, board.scenario.config)
    if isinstance(event, Finished) and event.reason == "abort":
        return aborted(event)
    return cache_reset(event) if isinstance(event, CacheReset) else []


def _before(scenario: Scenario) -> Sentence:
    if len(scenario.requests) > 1:
        return (f"{len(scenario.requests)} requests will come, and nothing is computed yet: no key, no value, no block.",)
    tokens, budget = len(scenario.requests[0].prompt), scenario.config.max_num_batched_tokens
    takes = "the whole prompt at once" if tokens <= budget else f"the first {budget:,}, as many as the token budget lets through"
    return (f"The prompt is {count_of(tokens, 'token')}, and nothing is computed yet: no key, no value, no block. The first step takes {takes}.",)


def _is_out_of_blocks(recording: Recording, position: int) -> bool:
    return recording.ending == "out of blocks" and position == recording.last_position


def _out_of_blocks(recording: Recording, events: Sequence[Event]) -> Sentence:
    alarm = Mention("Out of blocks.", "alarm")
    usable = len(recording.scenario.initial_pool().free)
    for event in events:
        if isinstance(event, Preempted) and event.victim == event.for_request:
            token = Mention(shown(_spec(recording.scenario, event.victim).token(event.lost)), "sampled", event.lost)
            return (alarm, " ", token, f" at position {event.lost:,} needs one more block, and {are(event.free)} free. "
                    f"The pool can lend {usable:,} at most{_gives_none_back(recording.scenario, event.lost)}. "
                    "A server would preempt it now, and it could never come back, so the run ends here.")  # fmt: skip
    last = next(event for event in reversed(recording.events) if isinstance(event, Waits))
    who: Part = "the prompt" if len(recording.scenario.requests) == 1 else request_mention(last.request)
    whole = -(-len(_spec(recording.scenario, last.request).prompt) // recording.scenario.config.block_size)
    how = " As a whole, " if last.needed >= whole else " At one time, "  # a policy that gives blocks back needs fewer
    return (alarm, how, who, f" needs {count_of(last.needed, 'block')}, and only {usable:,} can ever be free. "
            "It would wait for ever, so the run ends here.")  # fmt: skip


def _gives_none_back(scenario: Scenario, position: int) -> str:
    """Of a policy that reads little and keeps everything: that this does not help."""
    policy = policy_of(scenario.config)
    if policy.forgets or attention.count(policy.reads(position)) > position:
        return ""
    return f", and {policy.name}, which reads only {policy.reads_say}, gives none back"


def _spec(scenario: Scenario, name: str) -> RequestSpec:
    return next(spec for spec in scenario.requests if spec.id == name)
