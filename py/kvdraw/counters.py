"""The numbers beside the picture."""

from kvdraw.node import Node, el
from kvdraw.view import View

SHOWN_OF_QUEUE = 3


def counters(view: View) -> list[Node]:
    """Blocks held, slots used, and the free queue in order, front first."""
    held = [block for block in view.blocks if block.owner == "ours"]
    others = sum(block.owner == "other" for block in view.blocks)
    stored = sum(slot.token is not None for block in held for slot in block.slots)
    empty = len(held) * view.block_size - stored
    return [
        _row("Blocks held", f"{len(held):,}", f"of {len(view.blocks) - 1:,}; others hold {others:,}"),
        _row("Slots", f"{stored:,}", f"stored, {empty:,} empty"),
        _row("Free queue", " → ".join(map(str, view.free[:SHOWN_OF_QUEUE])) or "empty", _rest(len(view.free) - SHOWN_OF_QUEUE)),
    ]


def _row(name: str, value: str, note: str) -> Node:
    return el("div", el("dt", text=name), el("dd", el("b", text=value), el("small", text=f" {note}")), key=name)


def _rest(more: int) -> str:
    return f"and {more:,} more" if more > 0 else ""
