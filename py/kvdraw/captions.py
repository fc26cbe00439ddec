"""What each part of the picture is: the policy's two answers beside what they govern, and what lives on the CPU and what on the GPU."""

from functools import lru_cache

from kvdraw.marks import bar, label, tag
from kvdraw.measure import balanced, fit, text_width
from kvdraw.node import Node, el
from kvdraw.view import View

GUTTER = 124
"""Room at the left, in a wide picture; less than that is used."""

USED = 112
LINE = 17.5
HEADING = 17.0
HEIGHT = 26
"""Of a caption above its part, in a narrow picture."""


def reads_note(view: View, y: float) -> list[Node]:
    """In the gutter: what the query reads, by the policy and in numbers."""
    whose = "by the last" if len(view.written) > 1 else "positions"
    return _note("Reads", "attention", view.policy.reads_say, view.num_read, view.computed, whose, y)


def keeps_note(view: View, y: float) -> list[Node]:
    """In the gutter: what stays stored, by the policy and in numbers."""
    return _note("Keeps", "storage", view.policy.keeps_say, view.num_stored, view.computed, "positions", y)


def keeps_height(view: View) -> float:
    """How high the note on what stays stored is."""
    return HEADING + LINE * len(_lines(view.policy.keeps_say)) + 30


@lru_cache(maxsize=64)
def table_note(y: float) -> list[Node]:
    """In the gutter: what the block table is, and where it lives."""
    return [
        label(0, y, "Block table", "lead", "start", key="table"),
        tag(0, y + 19, "CPU", "cpu"),
        label(40, y + 19, "metadata", "sub", "start", key="table-sub"),
    ]


@lru_cache(maxsize=64)
def pool_note(y: float) -> list[Node]:
    """In the gutter: what lies in the pool, and where it lives."""
    return [label(0, y, "Pool", "lead", "start", key="pool"), tag(40, y, "GPU", "gput"), label(0, y + 19, "keys and values", "sub", "start", key="pool-sub")]


def reads_caption(view: View, width: float, y: float) -> list[Node]:
    """Above the sequence: the same in one line."""
    return _caption("Reads", view.policy.reads_say, view.num_read, view.computed, width, y)


def keeps_caption(view: View, width: float, y: float) -> list[Node]:
    """Above the block table: the same in one line."""
    return _caption("Keeps", view.policy.keeps_say, view.num_stored, view.computed, width, y)


def tagged(y: float, name: str, what: str, where: str, class_: str) -> list[Node]:
    """A name behind the tag that says where the thing lives, and after it what it is, wherever the name ends in the reader's font."""
    text = el("text", el("tspan", text=name, class_="lead"), el("tspan", text=what, class_="sub", dx=8), key=name, x=42, y=y)
    return [tag(0, y - 0.5, where, class_), text]


@lru_cache(maxsize=64)
def _note(name: str, which: str, say: str, part: int, whole: int, unit: str, y: float) -> list[Node]:
    key = name.lower()
    lines = _lines(say)
    end = y + HEADING + LINE * len(lines)
    return [
        el("text", el("tspan", text=name, class_="cap"), el("tspan", text=which, class_="small", dx=6), key=key, x=0, y=y + 14),
        *(label(0, y + HEADING + LINE * (i + 1) - 2, text, "sub", "start", key=f"{key}-line{i}") for i, text in enumerate(lines)),
        bar(0, end + 7, USED, part / whole if whole else 0, key),
        _count(part, f"of {whole:,} {unit}", 0, end + 30, "start", f"{key}-count"),
    ]


def _lines(say: str) -> list[str]:
    return balanced(say, USED, 13)


@lru_cache(maxsize=64)
def _caption(name: str, say: str, part: int, whole: int, width: float, y: float) -> list[Node]:
    key, unit = name.lower(), " positions" if width > 500 else ""
    wide = width > 500
    room = width - 8 - text_width(name, HEADING) - text_width(f"{part} of {whole}{unit}", 13) - (120 if wide else 24)
    text = el("text", el("tspan", text=name, class_="cap"), el("tspan", text=fit(say, room, 13), class_="sub", dx=8), key=key, x=0, y=y)
    count = _count(part, f"of {whole:,}{unit}", width, y, "end", f"{key}-count")
    at = width - text_width(f"{part} of {whole}{unit}", 13) * 1.2 - 94
    return [text, count, bar(at, y - 8, 84, part / whole if whole else 0, key)] if wide else [text, count]


def _count(part: int, of: str, x: float, y: float, anchor: str, key: str) -> Node:
    return el(
        "text", el("tspan", text=f"{part:,}", class_="lead"), el("tspan", text=f" {of}", class_="sub"), key=key, x=x, y=y, text_anchor=anchor, class_="count"
    )
