"""A scenario from JSON and to JSON, strictly: whatever is wrong, missing or unknown is a `ScenarioError` that names the
field, `requests[2].max_tokens: at least 1, got 0`.

    {"config": {"num_gpu_blocks": 12, "block_size": 4},
     "requests": [{"id": "A", "prompt": "The cat sat.", "answer": "It slept.", "arrival_step": 0},
                  {"id": "B", "prompt_token_ids": [5, 6, 7], "output_token_ids": [8, 9], "max_tokens": 2}],
     "pool": {"held": [1, 2], "free": [7, 3, 4, 5, 6, 8, 9, 10, 11]}}

`config` holds what differs from the defaults. A prompt is a text or a list of token ids, and so is an answer.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

from kvsim.policies import POLICIES
from kvsim.scenario import LIMITS, AbortPhase, Config, InitialPool, KVPolicyChoice, Range, RequestSpec, Scenario, ScenarioError, SchedulingPolicy
from kvsim.tokens import Token, labels

DEEPEST = 20
"""How many brackets may stand inside each other in a scenario's JSON."""

TEXT_OR_IDS = {"prompt": "prompt_token_ids", "answer": "output_token_ids"}
OPTIONAL_FIELDS = RequestSpec._fields[RequestSpec._fields.index("max_tokens") :]
REQUEST_FIELDS = ("id", "arrival_step", *TEXT_OR_IDS, *TEXT_OR_IDS.values(), *OPTIONAL_FIELDS)
MAY_BE_NULL = {name for name, default in Config._field_defaults.items() if default is None} | {"prefix_cache_retention_interval"}


def from_json(text: str) -> Scenario:
    """Read a scenario; raises ScenarioError naming the first field that is wrong, missing or unknown."""
    _not_too_deep(text)
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ScenarioError("", f"this is not JSON: {error}") from None
    top = _object(data, "", known=Scenario._fields)
    config = _config(_object(top.get("config", {}), "config", known=Config._fields))
    entries = _list(top.get("requests"), "requests", LIMITS["requests"], unit="request")
    requests = tuple(_request(entry, f"requests[{i}]", config) for i, entry in enumerate(entries))
    _unique([request.id for request in requests], "requests")
    return Scenario(
        config,
        requests,
        _pool(top["pool"], config.num_gpu_blocks) if "pool" in top else None,
        _ints(top.get("reset_prefix_cache_steps", []), "reset_prefix_cache_steps", LIMITS["step"]),
        _text(top.get("name", ""), "name"),
        _text(top.get("why", ""), "why"),
    )


def to_json(scenario: Scenario) -> str:
    """Write a scenario; `from_json` gives an equal one back. Defaults are left out."""
    return json.dumps(as_data(scenario), ensure_ascii=False, indent=1)


def as_data(scenario: Scenario) -> dict[str, Any]:
    """A scenario as the dictionary that its JSON says."""
    data = _differing(scenario, "name", "why", "reset_prefix_cache_steps")
    data["config"] = _config_data(scenario.config)
    data["requests"] = [_request_data(request) for request in scenario.requests]
    if scenario.pool:
        data["pool"] = scenario.pool._asdict()
    return data


def tokens_of(text: str, field: str, limit: Range, most: str = "") -> tuple[str, ...]:
    """A text as labels, at least `limit.low` and at most `limit.high` of them (`most` says why); raises ScenarioError otherwise."""
    found = tuple(labels(text))
    _within(len(found), field, limit, "token", most)
    return found


def _config_data(config: Config) -> dict[str, Any]:
    data = _differing(config, *Config._fields)
    if config.kv_policy:
        knobs = POLICIES[config.kv_policy.name].knobs
        data["kv_policy"] = {"name": config.kv_policy.name, **{knob.name: value for knob, value in zip(knobs, config.kv_policy.knobs, strict=True)}}
    return data


def _request_data(request: RequestSpec) -> dict[str, Any]:
    data: dict[str, Any] = {"id": request.id, "arrival_step": request.arrival_step}
    for as_text, as_ids in TEXT_OR_IDS.items():
        tokens = getattr(request, as_text)
        if all(isinstance(token, int) for token in tokens):
            data[as_ids] = list(tokens)
        else:
            data[as_text] = "".join(tokens)
    return data | _differing(request, *OPTIONAL_FIELDS)


def _differing(values: Any, *names: str) -> dict[str, Any]:
    """Those of a NamedTuple's fields that are not as by default."""
    return {name: getattr(values, name) for name in names if getattr(values, name) != values._field_defaults[name]}


def _not_too_deep(text: str) -> None:
    """Refuse what nests deeper than any scenario: in a browser, Python's JSON reader would not survive it."""
    depth = 0
    for bracket in re.sub(r'"[^"\\]*(?:\\.[^"\\]*)*"|[^\[\]{}"]+', "", text):
        depth += 1 if bracket in "[{" else -1
        if depth > DEEPEST:
            raise ScenarioError("", "this is not a scenario: it nests too deeply")


def _config(data: Mapping[str, Any]) -> Config:
    config = Config(**{name: _setting(name, value) for name, value in data.items()})
    _settings_fit_together(config)
    return config


def _setting(name: str, value: Any) -> Any:
    field, default = f"config.{name}", Config._field_defaults[name]
    if value is None and name in MAY_BE_NULL:
        return None
    if name == "kv_policy":
        return _kv_policy(value, field)
    if isinstance(default, bool):
        return _true_or_false(value, field)
    if isinstance(default, str):
        return _choice(value, field, get_args(SchedulingPolicy))
    if isinstance(default, float):
        return _fraction(value, field)
    return _int(value, field, LIMITS[name])


def _kv_policy(value: Any, field: str) -> KVPolicyChoice:
    """`{"name": "attention sinks", "sinks": 2, "window": 8}`; a knob that is left out is as by default."""
    name = _choice(_object(value, field).get("name"), f"{field}.name", list(POLICIES))
    knobs = POLICIES[name].knobs
    data = _object(value, field, known=("name", *(knob.name for knob in knobs)))
    return KVPolicyChoice(name, tuple(_int(data.get(knob.name, knob.default), f"{field}.{knob.name}", LIMITS["knob"]) for knob in knobs))


def _settings_fit_together(config: Config) -> None:
    """What vLLM refuses at its start, or fails on, as far as a run would make no sense."""
    length, size, drafts = config.max_model_len, config.block_size, config.num_speculative or 0
    if config.max_num_active_seqs is not None:
        _within(config.max_num_active_seqs, "config.max_num_active_seqs", Range(1, config.max_num_seqs), most=" (max_num_seqs)")
    if not config.enable_chunked_prefill and config.max_num_batched_tokens < length:
        problem = f"without chunked prefill at least {length:,} (max_model_len), got {config.max_num_batched_tokens:,}"
        raise ScenarioError("config.max_num_batched_tokens", problem)
    threshold = config.long_prefill_token_threshold
    _within(threshold, "config.long_prefill_token_threshold", Range(0, length), most=" (max_model_len)")
    if 0 < threshold <= drafts:
        raise ScenarioError("config.long_prefill_token_threshold", f"0, or more than num_speculative ({drafts}), got {threshold}")
    if config.kv_policy and config.sliding_window is not None:
        raise ScenarioError("config.sliding_window", "null where a kv_policy is given, got both")
    interval = config.prefix_cache_retention_interval
    if interval and ((config.sliding_window is None and config.kv_policy is None) or interval % size):
        problem = f"null, 0, or with a sliding window a multiple of block_size ({size}), got {interval:,}"
        raise ScenarioError("config.prefix_cache_retention_interval", problem)


def _request(value: Any, field: str, config: Config) -> RequestSpec:
    data = _object(value, field, known=REQUEST_FIELDS)
    name = _text(data.get("id"), f"{field}.id")
    if not name:
        raise ScenarioError(f"{field}.id", "a name, got an empty one")
    answer = _tokens(data, field, "answer", LIMITS["answer"])
    at = Range(1, len(answer))
    return RequestSpec(
        name,
        _tokens(data, field, "prompt", Range(1, config.max_model_len - 1), most=" (max_model_len - 1)"),
        answer,
        _int(data.get("arrival_step", 0), f"{field}.arrival_step", LIMITS["step"]),
        _optional(data, field, "max_tokens", lambda value, path: _int(value, path, at, most=" (the length of its answer)")),
        _int(data.get("priority", 0), f"{field}.priority", LIMITS["priority"]),
        _optional(data, field, "cache_salt", _text),
        tuple(_token(token, f"{field}.stop_token_ids[{i}]") for i, token in enumerate(_list(data.get("stop_token_ids", []), f"{field}.stop_token_ids"))),
        _optional(data, field, "abort_step", lambda value, path: _int(value, path, LIMITS["step"])),
        _choice(data.get("abort_phase", "before"), f"{field}.abort_phase", get_args(AbortPhase)),
        _ints(data.get("draft_accept", []), f"{field}.draft_accept", Range(0, LIMITS["num_speculative"].high)),
    )


def _tokens(data: Mapping[str, Any], field: str, as_text: str, limit: Range, most: str = "") -> tuple[Token, ...]:
    """A prompt or an answer, given as a text or as token ids."""
    as_ids = TEXT_OR_IDS[as_text]
    if as_text in data and as_ids in data:
        raise ScenarioError(f"{field}.{as_ids}", f"either this or {as_text}, got both")
    if as_ids in data:
        path = f"{field}.{as_ids}"
        ids = _list(data[as_ids], path, limit, "token", most)
        return tuple(_int(token, f"{path}[{i}]", LIMITS["token"]) for i, token in enumerate(ids))
    path = f"{field}.{as_text}"
    return tokens_of(_text(data.get(as_text), path, at_most=None), path, limit, most)


def _token(value: Any, field: str) -> Token:
    return _text(value, field) if isinstance(value, str) else _int(value, field, LIMITS["token"])


def _pool(value: Any, num_gpu_blocks: int) -> InitialPool:
    data = _object(value, "pool", known=InitialPool._fields)
    blocks = Range(1, num_gpu_blocks - 1)
    held, free = (_ints(data.get(name), f"pool.{name}", blocks, at_most=Range(0, num_gpu_blocks)) for name in InitialPool._fields)
    if sorted(held + free) != list(range(1, num_gpu_blocks)):
        raise ScenarioError("pool", f"each of the blocks 1 to {num_gpu_blocks - 1} once, in held or in free")
    return InitialPool(held, free)


def _object(value: Any, field: str, known: Sequence[str] | None = None) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ScenarioError(field, f"an object, got {_kind(value)}")
    for name in value:
        if known is not None and name not in known:
            path = f"{field}.{name}" if field else str(name)
            raise ScenarioError(path, f"unknown field; known are {', '.join(known)}")
    return value


def _list(value: Any, field: str, limit: Range = LIMITS["list"], unit: str = "entry", most: str = "") -> list[Any]:
    if not isinstance(value, list):
        raise ScenarioError(field, f"a list, got {_kind(value)}")
    _within(len(value), field, limit, unit, most)
    return value


def _ints(value: Any, field: str, limit: Range, at_most: Range = LIMITS["list"]) -> tuple[int, ...]:
    return tuple(_int(number, f"{field}[{i}]", limit) for i, number in enumerate(_list(value, field, at_most)))


def _optional(data: Mapping[str, Any], field: str, name: str, read: Any) -> Any:
    """A field that may be absent, which is None."""
    return read(data[name], f"{field}.{name}") if name in data else None


def _text(value: Any, field: str, at_most: int | None = LIMITS["text"].high) -> str:
    if not isinstance(value, str):
        raise ScenarioError(field, f"a text, got {_kind(value)}")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise ScenarioError(field, "a text of whole characters, got half of one (a lone surrogate)")
    if at_most is not None and len(value) > at_most:
        raise ScenarioError(field, f"at most {at_most:,} characters, got {len(value):,}")
    return value


def _true_or_false(value: Any, field: str) -> bool:
    if not isinstance(value, bool):
        raise ScenarioError(field, f"true or false, got {_kind(value)}")
    return value


def _choice(value: Any, field: str, choices: Sequence[str]) -> Any:
    if value not in choices:
        raise ScenarioError(field, f"{' or '.join(choices)}, got {_kind(value) if not isinstance(value, str) else value[:40]}")
    return value


def _fraction(value: Any, field: str) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1:
        raise ScenarioError(field, f"a number from 0 up to, not including, 1, got {_kind(value)}")
    return value


def _int(value: Any, field: str, limit: Range, most: str = "") -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ScenarioError(field, f"a whole number, got {_kind(value)}")
    _within(value, field, limit, most=most)
    return value


def _within(value: int, field: str, limit: Range, unit: str = "", most: str = "") -> None:
    if value < limit.low:
        raise ScenarioError(field, f"at least {_amount(limit.low, unit)}, got {value:,}")
    if value > limit.high:
        raise ScenarioError(field, f"at most {_amount(limit.high, unit)}{most}, got {value:,}")


def _amount(number: int, unit: str) -> str:
    many = "entries" if unit == "entry" else f"{unit}s"
    return f"{number:,}" + (f" {unit if number == 1 else many}" if unit else "")


def _unique(names: Iterable[str], field: str) -> None:
    seen: set[str] = set()
    for i, name in enumerate(names):
        if name in seen:
            raise ScenarioError(f"{field}[{i}].id", f"an id of its own, got {name} again")
        seen.add(name)


def _kind(value: Any) -> str:
    return "nothing" if value is None else {dict: "an object", list: "a list", str: "a text", bool: "true or false"}.get(type(value), repr(value))
