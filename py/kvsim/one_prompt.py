"""One prompt as a scenario: the fields that single.html asks for, from and to text, and from and to a link.

What a visitor types, or a link says, is read leniently: whatever is wrong is named, and the nearest good value is used.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, quote

from kvsim.scenario import Config, InitialPool, Range, RequestSpec, Scenario, ScenarioError
from kvsim.scenario_json import tokens_of
from kvsim.tokens import labels

REQUEST_ID = "A"
RANGES: dict[str, Range] = {
    "prompt": Range(1, 256),
    "answer": Range(1, 256),
    "block_size": Range(1, 32),
    "num_gpu_blocks": Range(2, 64),
    "max_num_batched_tokens": Range(1, 512),
}
"""Narrower than an engine's limits, so that the picture stays readable. Texts are counted in tokens."""

MAX_CHARACTERS = 200_000
"""Of a longer text only the beginning is read."""

LINK_VERSION = "1"


class OnePrompt(NamedTuple):
    """What single.html asks for; every value is good."""

    prompt: str = "The cat sat on the mat because it was warm."
    answer: str = "So it slept there until the sun went down and it grew cold."
    block_size: int = 4
    num_gpu_blocks: int = 12
    max_num_batched_tokens: int = 16

    def scenario(self) -> Scenario:
        """The same as a scenario of one request, in a pool that somebody else uses in part."""
        config = Config(
            num_gpu_blocks=self.num_gpu_blocks,
            block_size=self.block_size,
            max_num_seqs=1,
            max_num_batched_tokens=self.max_num_batched_tokens,
            max_model_len=RANGES["prompt"].high + RANGES["answer"].high,
        )
        request = RequestSpec(REQUEST_ID, tuple(labels(self.prompt)), tuple(labels(self.answer)))
        return Scenario(config, (request,), scattered_pool(self.num_gpu_blocks))


class Reading(NamedTuple):
    """What was understood: the nearest good values, and a problem for each one that was not good as it stood."""

    asked: OnePrompt
    problems: tuple[ScenarioError, ...]


def scattered_pool(num_gpu_blocks: int) -> InitialPool:
    """Somebody else holds half of the blocks and the queue is shuffled, as in a server that has run for a while.

    Always the same for the same size: blocks are ordered by the fractions of their multiples of the golden ratio.
    """
    shuffled = sorted(range(1, num_gpu_blocks), key=lambda block: block * 618_034 % 1_000_000)
    half = len(shuffled) // 2
    return InitialPool(tuple(sorted(shuffled[:half])), tuple(shuffled[half:]))


def read(typed: Mapping[str, str], fallback: OnePrompt) -> Reading:
    """Understand fields as they were typed; a field that is absent, or says nothing usable, is as in `fallback`."""
    problems: list[ScenarioError] = []
    values: dict[str, Any] = {}
    for name, good in fallback._asdict().items():
        if name not in typed:
            continue
        try:
            values[name] = _text(name, typed[name]) if isinstance(good, str) else _number(name, typed[name])
        except ScenarioError as error:
            problems.append(error)
            values[name] = _nearest(name, typed[name], good)
    return Reading(fallback._replace(**values), tuple(problems))


def to_fragment(asked: OnePrompt, position: int) -> str:
    """The part of a link after `#`: what differs from the defaults, and the step. Texts are percent-encoded UTF-8."""
    fields = {name: value for name, value in asked._asdict().items() if value != OnePrompt._field_defaults[name]}
    if position:
        fields["step"] = position
    if not fields:
        return ""
    pairs = {"v": LINK_VERSION, **fields}
    return "&".join(f"{name}={quote(str(value), safe='', errors='replace')}" for name, value in pairs.items())


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
        problems.append(ScenarioError("step", f"a whole number, got {_quoted(step)}"))
        step = "0"
    for name in pairs.keys() - set(OnePrompt._fields):
        problems.append(ScenarioError("link", f"it has an unknown field, {_quoted(name)}"))
    reading = read(pairs, OnePrompt())
    return Reading(reading.asked, (*problems, *reading.problems)), int(step)


def _text(name: str, typed: str) -> str:
    if len(typed) > MAX_CHARACTERS:
        raise ScenarioError(name, f"at most {MAX_CHARACTERS:,} characters, got {len(typed):,}")
    tokens_of(typed, name, RANGES[name])
    return typed


def _number(name: str, typed: str) -> int:
    low, high = RANGES[name]
    number = _int(typed)
    if number is None:
        raise ScenarioError(name, f"a whole number from {low:,} to {high:,}, got {_quoted(typed)}")
    if not low <= number <= high:
        raise ScenarioError(name, f"{low:,} to {high:,}, got {number:,}")
    return number


def _nearest(name: str, typed: str, good: str | int) -> str | int:
    """The good value that comes closest: a number moved into its range, a text cut to its limit, else the last good one."""
    low, high = RANGES[name]
    if isinstance(good, str):
        return "".join(labels(typed[:MAX_CHARACTERS])[:high]) or good
    number = _int(typed)
    return good if number is None else min(max(number, low), high)


def _int(typed: str) -> int | None:
    try:
        return int(typed) if len(typed) < 20 else None
    except ValueError:
        return None


def _quoted(text: str) -> str:
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”" if text.strip() else "nothing"
