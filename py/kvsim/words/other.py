"""Events that compute nothing, in words: who waits and why, who is preempted, who hangs up."""

from kvsim.events import CacheReset, Finished, Preempted, Waits
from kvsim.scenario import Config
from kvsim.words.parts import Part, are, count_of, request_mention


def waits(event: Waits) -> list[Part]:
    """Why a request is not scheduled."""
    needed, free, blocks = event.needed, are(event.free), count_of(event.needed, "block")
    spent = f"it takes {needed:,} tokens of the token budget, and {free} left" if event.free else "the token budget is spent"
    why = {
        "budget": f" gets nothing in this step: {spent}. ",
        "chunked prefill": f" waits: its {needed:,} tokens must go through the model at once, and the token budget has {event.free:,} left. ",
        "seats": " waits: as many requests run as may. ",
        "blocks": f" waits: it needs {blocks}, and {free} free. ",
        "gate": f" waits: as a whole it needs {blocks}, and {free} free. This step’s part alone would fit. ",
        "watermark": f" waits: it needs {blocks}, and {event.watermark:,} more must stay free; {free}. ",
        "preempting step": " waits: a step that preempts admits nobody. ",
        "prefill interval": f" waits: those who decode are left alone, and prefill runs once in {needed:,} steps. ",
    }
    return [request_mention(event.request), why[event.reason]]


def preempted(event: Preempted, config: Config) -> list[Part]:
    """Who loses its blocks, for whom, and what that costs."""
    by_rule = "the least urgent" if config.policy == "priority" else "the last one in"
    needs = f" needs {count_of(event.needed, 'more block', 'more blocks')} and {are(event.free)} free"
    victim: list[Part] = [", so ", request_mention(event.victim), f", {by_rule},"]
    if event.victim == event.for_request:
        victim = [f", and being {by_rule} itself, it"]
    unless = ", unless they are still found in the cache" if config.enable_prefix_caching else ""
    lost = f" is preempted: it gives all its blocks back, and {count_of(event.lost, 'token')} must be computed again{unless}. "
    return [request_mention(event.for_request), needs, *victim, lost]


def aborted(event: Finished) -> list[Part]:
    return [request_mention(event.request), " is aborted, and what it held is given back at once. "]


def cache_reset(event: CacheReset) -> list[Part]:
    if event.done:
        return ["The prefix cache is reset: no block can be found any more. "]
    return ["A reset of the prefix cache is refused, since somebody holds a block. "]
