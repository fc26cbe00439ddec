"""One prompt as a scenario: the fields that single.html asks for, from and to text, and from and to a link."""

from collections.abc import Mapping
from functools import lru_cache
from itertools import cycle, islice
from typing import NamedTuple
from urllib.parse import parse_qsl, quote

from kvsim.fields import Choice, Field, Number, Switch, Text, Value, as_typed, quoted, read_fields
from kvsim.model_shapes import MODEL_SHAPES
from kvsim.policies import POLICIES, Knob
from kvsim.scenario import Config, InitialPool, KVPolicyChoice, Range, RequestSpec, Scenario, ScenarioError
from kvsim.tokens import labels

REQUEST_ID = "A"
MOST_TOKENS = 256
"""Of a prompt, and of an answer."""

MOST_SLOTS = 4096
"""Of the whole pool, so that a step fits a frame."""

KNOBS: dict[str, Knob] = {knob.name: knob for policy in reversed(POLICIES.values()) for knob in policy.knobs}
"""Of all policies; two policies may share one."""

DEFAULT_KNOBS = tuple([knob.default for knob in KNOBS.values()])

FIELDS: dict[str, Field] = {
    "prompt": Text(Range(1, MOST_TOKENS)),
    "answer": Text(Range(1, MOST_TOKENS)),
    "kv_policy": Choice(tuple(POLICIES)),
    **{name: Number(Range(1, 2 * MOST_TOKENS)) for name in KNOBS},
    "block_size": Number(Range(1, 32)),
    "num_gpu_blocks": Number(Range(2, 256)),
    "max_num_batched_tokens": Number(Range(1, 2 * MOST_TOKENS)),
    "max_tokens": Number(Range(1, MOST_TOKENS), or_nothing=True),
    "somebody_else": Switch(),
    "model": Choice(tuple(MODEL_SHAPES)),
}
"""In the order of a link. Their ranges are narrower than an engine's limits, so that the picture stays readable."""

LINK_VERSION = "1"


class OnePrompt(NamedTuple):
    """What single.html asks for; every value is good."""

    prompt: str = "The cat sat on the mat because it was warm."
    answer: str = "So it slept there until the sun went down and it grew cold."
    kv_policy: str = "attention sinks"
    knobs: tuple[int, ...] = DEFAULT_KNOBS  # in the order of KNOBS
    block_size: int = 4
    num_gpu_blocks: int = 12
    max_num_batched_tokens: int = 16
    max_tokens: int | None = None  # the length of the answer; None: as long as its text
    somebody_else: bool = True  # holds a part of the pool
    model: str = "Llama 3.1 8B"  # whose shape the KV bytes are counted for

    def values(self) -> dict[str, Value]:
        """Each field by its name in FIELDS."""
        knobs = dict(zip(KNOBS, self.knobs, strict=True))
        return {name: knobs[name] if name in knobs else getattr(self, name) for name in FIELDS}

    def scenario(self) -> Scenario:
        """The same as a scenario of one request, its prefix cached as single.html's always is."""
        values = self.values()
        knobs = tuple(int(values[knob.name] or 0) for knob in POLICIES[self.kv_policy].knobs)
        config = Config(
            num_gpu_blocks=self.num_gpu_blocks,
            block_size=self.block_size,
            max_num_seqs=1,
            max_num_batched_tokens=self.max_num_batched_tokens,
            max_model_len=2 * MOST_TOKENS,
            prefix_cache_retention_interval=None,
            kv_policy=KVPolicyChoice(self.kv_policy, knobs),
        )
        request = RequestSpec(REQUEST_ID, tuple(labels(self.prompt)), self._answer())
        return Scenario(config, (request,), scattered_pool(self.num_gpu_blocks) if self.somebody_else else None)

    def _answer(self) -> tuple[str, ...]:
        """The answer's labels, as many as it is to be long; a text that is too short for that starts over."""
        said = labels(self.answer)
        again = cycle(labels(" " + self.answer))
        return tuple(islice((*said, *islice(again, self.max_tokens or 0)), self.max_tokens or len(said)))


class Reading(NamedTuple):
    """What was understood: the nearest good values, and a problem for each one that was not good as it stood."""

    asked: OnePrompt
    problems: tuple[ScenarioError, ...]


def scattered_pool(num_gpu_blocks: int) -> InitialPool:
    """Somebody else holds half of the blocks and the queue is shuffled, as in a server that has run for a while.

    Always the same for the same size: blocks are ordered by the fractions of their multiples of the golden ratio.
    """
    shuffled = sorted(range(1, num_gpu_blocks), key=lambda block: block * 618_034 % 1_000_000)
    free = len(shuffled) // 2 or 1
    return InitialPool(tuple(sorted(shuffled[free:])), tuple(shuffled[:free]))


def read(typed: Mapping[str, str], fallback: OnePrompt) -> Reading:
    """Understand fields as they were typed; a field that is absent, or says nothing usable, is as in `fallback`."""
    values, problems = read_fields(FIELDS, typed, fallback.values())
    most_blocks = MOST_SLOTS // int(values["block_size"] or 1)
    blocks = int(values["num_gpu_blocks"] or 0)
    if blocks > most_blocks:
        problems.append(ScenarioError("num_gpu_blocks", f"at most {most_blocks:,} of this size ({MOST_SLOTS:,} slots in all), got {blocks:,}"))
        values["num_gpu_blocks"] = most_blocks
    knobs = tuple(int(values.pop(name) or 0) for name in KNOBS)
    return Reading(OnePrompt(knobs=knobs, **values), tuple(problems))  # type: ignore[arg-type]  # each as its field in FIELDS reads it


def to_fragment(asked: OnePrompt, position: int) -> str:
    """The part of a link after `#`: what differs from the defaults, and the step. Texts are percent-encoded UTF-8."""
    fields = [*_differing(asked), *([f"step={position}"] if position else [])]
    return "&".join([f"v={LINK_VERSION}", *fields]) if fields else ""


@lru_cache(maxsize=16)  # the same at every step
def _differing(asked: OnePrompt) -> tuple[str, ...]:
    """The fields that are not as by default, as they stand in a link."""
    defaults = OnePrompt().values()
    return tuple(f"{name}={quote(as_typed(value), safe='', errors='replace')}" for name, value in asked.values().items() if value != defaults[name])


def from_fragment(fragment: str) -> tuple[Reading, int]:
    """What a link asks for and its step (0 or more, perhaps past the end); whatever is wrong with it becomes a problem."""
    try:
        pairs = dict(parse_qsl(fragment.removeprefix("#"), keep_blank_values=True, max_num_fields=100))
    except ValueError:
        return Reading(OnePrompt(), (ScenarioError("link", "it has too many parts to be one of ours"),)), 0
    problems = []
    version = pairs.pop("v", LINK_VERSION)
    if version != LINK_VERSION:
        problems.append(ScenarioError("link", f"made for version {version[:20]}, this page reads version {LINK_VERSION}"))
    step = pairs.pop("step", "0")
    if not (step.isascii() and step.isdigit() and len(step) < 7):
        problems.append(ScenarioError("step", f"a whole number, got {quoted(step)}"))
        step = "0"
    for name in pairs.keys() - FIELDS.keys():
        problems.append(ScenarioError("link", f"it has an unknown field, {quoted(name)}"))
    reading = read(pairs, OnePrompt())
    return Reading(reading.asked, (*problems, *reading.problems)), int(step)
