"""The step in words: the sentence with its chips, and the same picture as a table."""

from functools import lru_cache

from kvdraw.marks import say
from kvdraw.measure import fit
from kvdraw.node import Node, el
from kvdraw.view import TokenView, View
from kvsim.recording import Recording
from kvsim.words import Part, Sentence, step_sentence

WIDEST_CHIP, WIDEST_LOSS, FONT = 220, 420, 22.0  # pixels
LONGEST_KEPT = 4  # not one: lines break elsewhere in each, so the longest need not be the tallest


def story(view: View, phase: str, sentence: Sentence) -> list[Node]:
    """Which step it is, what people call it, and what it did and why."""
    return [
        el(
            "p",
            el("b", text=f"Step {view.position} of {view.last_position}", key="step"),
            el("span", text=f" {phase}", key="phase"),
            key="eye",
            class_="eye",
        ),
        _sentence(sentence, view.position),
    ]


def room(recording: Recording) -> list[Node]:
    """The longest sentences of a run, to be laid out unseen behind the one that is shown: they keep room for it, whatever
    the width and the font, so that nothing below the sentence moves while stepping."""
    sentences = dict.fromkeys(step_sentence(recording, position, recording.board(position)) for position in range(recording.last_position + 1))
    return sorted((_nameless(_sentence(sentence, i)) for i, sentence in enumerate(sentences)), key=_length)[-LONGEST_KEPT:]


def data_table(view: View) -> Node:
    """Every known token with its state, block and slot: what the picture shows, to read."""
    head = el("thead", el("tr", *(el("th", text=name, scope="col", key=name) for name in ("Position", "Token", "In this step", "Logical", "Block", "Slot"))))
    held = {entry.logical: entry.block for entry in view.entries}
    rows = [_row(token, token.position // view.block_size, held.get(token.position // view.block_size), view.block_size) for token in view.tokens]
    return el("table", head, el("tbody", *rows), key="table")


@lru_cache(maxsize=2048)  # most rows are as they were a step before
def _row(token: TokenView, logical: int, block: int | None, block_size: int) -> Node:
    where = ("", "") if block is None or token.state == "empty" else (str(block), str(token.position % block_size))
    cells = (str(token.position), token.label, say(token), f"L{logical}", *where)
    return el("tr", *(el("td", text=cell, key=i) for i, cell in enumerate(cells)), key=token.position)


def _sentence(sentence: Sentence, position: int) -> Node:
    """Each step's is another node: written anew, which costs less than to turn one into the next."""
    return el("p", *(_part(part, i) for i, part in enumerate(sentence)), key=f"sentence{position}", class_="sentence")


def _nameless(node: Node) -> Node:
    """The same to look at, without what says whose it is: the thing itself is elsewhere."""
    looks = {name: value for name, value in node.attributes.items() if name == "class"}
    return node._replace(attributes=looks, children=tuple(map(_nameless, node.children)))


def _length(node: Node) -> int:
    """How many characters it shows."""
    return len(node.text) + sum(map(_length, node.children))


def _part(part: Part, place: int) -> Node:
    if isinstance(part, str):
        return el("span", text=part, key=place)
    if part.kind in ("written", "sampled", "gone"):
        widest, looks = (WIDEST_LOSS, "c-gone") if part.kind == "gone" else (WIDEST_CHIP, f"chip c-{part.kind}")
        return el("bdi", text=fit(part.text, widest, FONT), title=part.text, key=place, class_=looks, data_pos=part.number)
    unbroken = part.text.replace(" ", "\u00a0") if part.kind == "block" else part.text  # "block 1" stays in one line
    return el(
        "b" if part.kind == "alarm" else "span", text=unbroken, key=place, class_=f"c-{part.kind}", data_block=part.number if part.kind == "block" else None
    )
