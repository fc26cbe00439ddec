"""What sentences are made of: plain text, and mentions of things that the picture shows."""

from collections.abc import Sequence
from typing import Literal, NamedTuple


class Mention(NamedTuple):
    """A part of a sentence that names something. `number` is a token's position (the first one of several), or a block's id."""

    text: str
    kind: Literal["written", "sampled", "gone", "positions", "block", "request", "alarm"]
    number: int | None = None


Part = str | Mention
Sentence = tuple[Part, ...]

MOST_BLOCKS_NAMED = 4


def plain(sentence: Sequence[Part]) -> str:
    """The sentence as text alone, its tokens in quotation marks."""
    return "".join(_as_text(part) for part in sentence)


def request_mention(name: str) -> Mention:
    return Mention(name, "request")


def count_of(number: int, one: str, many: str = "") -> str:
    """`1 token`, `2 tokens`; `many` where an s does not do."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def are(number: int) -> str:
    """`none is`, `1 is`, `2 are`."""
    return "none is" if number == 0 else "1 is" if number == 1 else f"{number:,} are"


def blocks_named(blocks: Sequence[int | None]) -> list[Part]:
    """Blocks by id, as far as one wants to read them."""
    if len(blocks) == 1:
        return [Mention(f"block {blocks[0]}", "block", blocks[0])]
    if len(blocks) > MOST_BLOCKS_NAMED:
        return [f"{len(blocks):,} blocks"]
    return ["blocks ", *listed([Mention(str(block), "block", block) for block in blocks])]


def listed(parts: Sequence[Part]) -> list[Part]:
    """`a, b and c`."""
    joined: list[Part] = []
    for i, part in enumerate(parts):
        joined += ["" if i == 0 else " and " if i == len(parts) - 1 else ", ", part]
    return joined


def without_last_blank(parts: Sequence[Part]) -> Sentence:
    """Each clause leaves a blank after it; the last one need not."""
    if parts and isinstance(parts[-1], str):
        return (*parts[:-1], parts[-1].rstrip())
    return tuple(parts)


def _as_text(part: Part) -> str:
    if isinstance(part, str):
        return part
    return f"“{part.text}”" if part.kind in ("written", "sampled", "gone") else part.text
