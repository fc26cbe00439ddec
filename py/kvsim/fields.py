"""What a visitor types, or a link says, read leniently: whatever is wrong is named, and the nearest good value is used."""

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from kvsim.scenario import Range, ScenarioError
from kvsim.scenario_json import tokens_of
from kvsim.tokens import labels

MAX_CHARACTERS = 200_000
"""Of a longer text only the beginning is read."""

Value = str | int | bool | None


class Field(Protocol):
    """One thing that can be asked for; as text it is as it stands in a form or in a link."""

    def read(self, name: str, typed: str) -> Value:
        """The value that was typed; ScenarioError, naming the field, if it is not a good one."""

    def nearest(self, typed: str, good: Value) -> Value:
        """The good value that comes closest to one that is not, else `good`, the last one that was."""


class Text(NamedTuple):
    """A text of so many tokens."""

    tokens: Range

    def read(self, name: str, typed: str) -> Value:
        if len(typed) > MAX_CHARACTERS:
            raise ScenarioError(name, f"at most {MAX_CHARACTERS:,} characters, got {len(typed):,}")
        tokens_of(typed, name, self.tokens)
        return typed

    def nearest(self, typed: str, good: Value) -> Value:
        return "".join(labels(typed[:MAX_CHARACTERS])[: self.tokens.high]) or good


class Number(NamedTuple):
    """A whole number in a range; `or_nothing`: it may also be left empty."""

    range: Range
    or_nothing: bool = False

    def read(self, name: str, typed: str) -> Value:
        if self.or_nothing and not typed.strip():
            return None
        low, high = self.range
        number = _int(typed)
        if number is None:
            raise ScenarioError(name, f"a whole number from {low:,} to {high:,}, got {quoted(typed)}")
        if not low <= number <= high:
            raise ScenarioError(name, f"{low:,} to {high:,}, got {number:,}")
        return number

    def nearest(self, typed: str, good: Value) -> Value:
        number = _int(typed)
        return good if number is None else min(max(number, self.range.low), self.range.high)


class Choice(NamedTuple):
    """One of a few names."""

    names: tuple[str, ...]

    def read(self, name: str, typed: str) -> Value:
        if typed not in self.names:
            raise ScenarioError(name, f"one of {', '.join(self.names)}, got {quoted(typed)}")
        return typed

    def nearest(self, typed: str, good: Value) -> Value:
        return good


class Switch(NamedTuple):
    """On or off."""

    def read(self, name: str, typed: str) -> Value:
        if typed not in ("on", "off"):
            raise ScenarioError(name, f"on or off, got {quoted(typed)}")
        return typed == "on"

    def nearest(self, typed: str, good: Value) -> Value:
        return good


def as_typed(value: Value) -> str:
    """A value as it stands in a form or in a link; `Field.read` gives it back."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return "" if value is None else str(value)


def read_fields(fields: Mapping[str, Field], typed: Mapping[str, str], good: Mapping[str, Value]) -> tuple[dict[str, Value], list[ScenarioError]]:
    """All fields; one that is absent is as in `good`. With a problem for each that was not good as it stood."""
    values, problems = dict(good), []
    for name, field in fields.items():
        if name not in typed:
            continue
        try:
            values[name] = field.read(name, typed[name])
        except ScenarioError as error:
            problems.append(error)
            values[name] = field.nearest(typed[name], good[name])
    return values, problems


def quoted(text: str) -> str:
    """A text from outside as it is named in a sentence: not too much of it."""
    return f"“{text[:40]}…”" if len(text) > 40 else f"“{text}”" if text.strip() else "nothing"


def _int(typed: str) -> int | None:
    try:
        return int(typed) if len(typed) < 20 else None
    except ValueError:
        return None
