"""What is asked for: a server's settings, the requests that reach it, and who holds blocks from the start.

A scenario is all that a run depends on: the same scenario gives the same events, always. It is read from JSON strictly.
Whatever is wrong becomes a `ScenarioError` whose text begins with the field: `requests[2].answer: at least 1 token, got 0`.

    {"config": {"num_gpu_blocks": 12, "block_size": 4, "max_num_batched_tokens": 16},
     "requests": [{"id": "A", "prompt": "The cat sat.", "answer": "It slept.", "arrival_step": 0}],
     "pool": {"held": [1, 2], "free": [7, 3, 4, 5, 6, 8, 9, 10, 11]}}

NamedTuples, because a frozen dataclass costs a browser's start more than twice as much.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from kvsim.tokens import Token, labels


class ScenarioError(ValueError):
    """What is asked for cannot be had; `field` says where, `problem` what was expected and what came."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}" if field else problem)
        self.field = field
        self.problem = problem


class Range(NamedTuple):
    """The whole numbers from `low` to `high`, both included."""

    low: int
    high: int


LIMITS: dict[str, Range] = {
    "num_gpu_blocks": Range(2, 1_000_000),
    "block_size": Range(1, 4_096),
    "max_num_batched_tokens": Range(1, 1_000_000),
    "arrival_step": Range(0, 1_000_000),
    "requests": Range(1, 10_000),
    "prompt": Range(1, 1_000_000),
    "answer": Range(1, 1_000_000),
}
"""How large anything may be: numbers as they are, `prompt` and `answer` in tokens, `requests` as a count."""


DEEPEST = 20
"""How many brackets may stand inside each other in a scenario's JSON."""


class Config(NamedTuple):
    """The server's settings, under vLLM's names. `num_gpu_blocks` counts the null block, as vLLM does."""

    num_gpu_blocks: int = 32
    block_size: int = 4
    max_num_batched_tokens: int = 64


class RequestSpec(NamedTuple):
    """One request: its prompt, what the model will answer (never empty), and the step in which it arrives."""

    id: str
    prompt: tuple[Token, ...]
    answer: tuple[Token, ...]
    arrival_step: int = 0

    def token(self, position: int) -> Token:
        """The token at a position of prompt and answer together."""
        of_prompt = len(self.prompt)
        return self.prompt[position] if position < of_prompt else self.answer[position - of_prompt]


class InitialPool(NamedTuple):
    """Who has the blocks before the first step: `held` by somebody who never runs; `free` in queue order, front first."""

    held: tuple[int, ...]
    free: tuple[int, ...]


class Scenario(NamedTuple):
    """Everything a run depends on. Without `pool`, all blocks but the null block are free, in order of their ids."""

    config: Config
    requests: tuple[RequestSpec, ...]
    pool: InitialPool | None = None

    def initial_pool(self) -> InitialPool:
        return self.pool or InitialPool((), tuple(range(1, self.config.num_gpu_blocks)))


def from_json(text: str) -> Scenario:
    """Read a scenario; raises ScenarioError naming the first field that is wrong, missing or unknown."""
    _not_too_deep(text)
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ScenarioError("", f"this is not JSON: {error}") from None
    top = _object(data, "", known=("config", "requests", "pool"))
    config = _config(_object(top.get("config", {}), "config", known=Config._fields))
    entries = _list(top.get("requests"), "requests")
    _within(len(entries), "requests", LIMITS["requests"], unit="request")
    requests = tuple(_request(entry, f"requests[{i}]") for i, entry in enumerate(entries))
    _unique([request.id for request in requests], "requests")
    pool = _pool(top["pool"], config.num_gpu_blocks) if "pool" in top else None
    return Scenario(config, requests, pool)


def to_json(scenario: Scenario) -> str:
    """Write a scenario of texts; `from_json` gives an equal one back."""
    data: dict[str, Any] = {
        "config": scenario.config._asdict(),
        "requests": [
            {
                "id": request.id,
                "arrival_step": request.arrival_step,
                "prompt": "".join(map(str, request.prompt)),
                "answer": "".join(map(str, request.answer)),
            }
            for request in scenario.requests
        ],
    }
    if scenario.pool:
        data["pool"] = scenario.pool._asdict()
    return json.dumps(data, ensure_ascii=False, indent=1)


def tokens_of(text: str, field: str, limit: Range) -> tuple[str, ...]:
    """A text as labels, at least `limit.low` and at most `limit.high` of them; raises ScenarioError otherwise."""
    found = tuple(labels(text))
    _within(len(found), field, limit, unit="token")
    return found


def _not_too_deep(text: str) -> None:
    """Refuse what nests deeper than any scenario: in a browser, Python's JSON reader would not survive it."""
    depth = 0
    for bracket in re.sub(r'"[^"\\]*(?:\\.[^"\\]*)*"|[^\[\]{}"]+', "", text):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            raise ScenarioError("", "this is not a scenario: it nests too deeply")


def _config(data: Mapping[str, Any]) -> Config:
    return Config(**{name: _int(value, f"config.{name}", LIMITS[name]) for name, value in data.items()})


def _request(value: Any, field: str) -> RequestSpec:
    data = _object(value, field, known=("id", "prompt", "answer", "arrival_step"))
    name = _text(data.get("id"), f"{field}.id")
    if not name:
        raise ScenarioError(f"{field}.id", "a name, got an empty one")
    prompt = tokens_of(_text(data.get("prompt"), f"{field}.prompt"), f"{field}.prompt", LIMITS["prompt"])
    answer = tokens_of(_text(data.get("answer"), f"{field}.answer"), f"{field}.answer", LIMITS["answer"])
    arrival = _int(data.get("arrival_step", 0), f"{field}.arrival_step", LIMITS["arrival_step"])
    return RequestSpec(name, prompt, answer, arrival)


def _pool(value: Any, num_gpu_blocks: int) -> InitialPool:
    data = _object(value, "pool", known=InitialPool._fields)
    blocks = Range(1, num_gpu_blocks - 1)
    held, free = (tuple(_int(b, f"pool.{name}[{i}]", blocks) for i, b in enumerate(_list(data.get(name), f"pool.{name}"))) for name in InitialPool._fields)
    if sorted(held + free) != list(range(1, num_gpu_blocks)):
        raise ScenarioError("pool", f"each of the blocks 1 to {num_gpu_blocks - 1} once, in held or in free")
    return InitialPool(held, free)


def _object(value: Any, field: str, known: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ScenarioError(field, f"an object, got {_kind(value)}")
    for name in value:
        if name not in known:
            path = f"{field}.{name}" if field else str(name)
            raise ScenarioError(path, f"unknown field; known are {', '.join(known)}")
    return value


def _list(value: Any, field: str) -> list[Any]:
    if not isinstance(value, list):
        raise ScenarioError(field, f"a list, got {_kind(value)}")
    return value


def _text(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise ScenarioError(field, f"a text, got {_kind(value)}")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise ScenarioError(field, "a text of whole characters, got half of one (a lone surrogate)")
    return value


def _int(value: Any, field: str, limit: Range) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ScenarioError(field, f"a whole number, got {_kind(value)}")
    _within(value, field, limit)
    return value


def _within(value: int, field: str, limit: Range, unit: str = "") -> None:
    if value < limit.low:
        raise ScenarioError(field, f"at least {_amount(limit.low, unit)}, got {value:,}")
    if value > limit.high:
        raise ScenarioError(field, f"at most {_amount(limit.high, unit)}, got {value:,}")


def _amount(number: int, unit: str) -> str:
    return f"{number:,}" + (f" {unit}{'s' * (number != 1)}" if unit else "")


def _unique(names: Iterable[str], field: str) -> None:
    seen: set[str] = set()
    for i, name in enumerate(names):
        if name in seen:
            raise ScenarioError(f"{field}[{i}].id", f"an id of its own, got {name} again")
        seen.add(name)


def _kind(value: Any) -> str:
    return "nothing" if value is None else {dict: "an object", list: "a list", str: "a text", bool: "true or false"}.get(type(value), repr(value))
