"""The numbers beside the picture."""

from functools import lru_cache

from kvdraw.node import Node, el
from kvdraw.view import View
from kvsim.model_shapes import MODEL_SHAPES, in_bytes

SHOWN_OF_QUEUE = 4


def counters(view: View, model: str) -> list[Node]:
    """Blocks, slots and what of them is wasted, reads, the free queue in order, front first, and what all that is in bytes of a real model."""
    held = sum(block.owner == "ours" for block in view.blocks)
    others = sum(block.owner == "other" for block in view.blocks)
    slots, per_token = held * view.block_size, MODEL_SHAPES[model].kv_bytes_per_token
    empty = slots - view.num_stored
    return [
        _row("Blocks held", f"{held:,}", f"of {len(view.blocks) - 1:,}" + (f"; others hold {others:,}" if others else "")),
        _row("Slots", f"{view.num_stored:,}", f"stored, {empty:,} empty" + (f" ({empty / slots:.0%} waste)" if empty else "")),
        _row("Reads", f"{view.num_read:,}", f"of {view.num_stored:,} stored"),
        _row("Free queue", " → ".join(map(str, view.free[:SHOWN_OF_QUEUE])) or "empty", _rest(len(view.free) - SHOWN_OF_QUEUE), tag="CPU"),
        _row(f"KV, {model}", in_bytes(slots * per_token), f"= {slots:,} × {in_bytes(per_token)}"),
    ]


@lru_cache(maxsize=256)
def _row(name: str, value: str, note: str, tag: str = "") -> Node:
    said = el("dt", el("span", text=name), el("span", text=tag, class_="cpu") if tag else None)
    return el("div", said, el("dd", el("b", text=value), el("small", text=f" {note}")), key=name.split(",")[0])


def _rest(more: int) -> str:
    return f"and {more:,} more" if more > 0 else ""
