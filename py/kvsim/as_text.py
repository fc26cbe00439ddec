"""The board as plain text, for the command line."""

from kvsim.blocks import NULL_BLOCK
from kvsim.board import Board

COLUMNS = 16


def pool_as_text(board: Board) -> str:
    """The pool in rows: block ids above, and under each who holds it: a request and the index in its block table (`A.2`)."""
    holders = board.holders()
    names = [_holder(board, block, holders.get(block, [])) for block in range(len(board.ref_counts))]
    width = max(len(name) for name in names) + 2
    rows = []
    for start in range(0, len(names), COLUMNS):
        part = range(start, min(start + COLUMNS, len(names)))
        rows.append("block  " + "".join(str(block).ljust(width) for block in part).rstrip())
        rows.append("       " + "".join(names[block].ljust(width) for block in part).rstrip())
    queue = list(board.free)
    rows.append("free queue, front first: " + (" ".join(map(str, queue)) if queue else "empty"))
    return "\n".join(rows)


def _holder(board: Board, block: int, holders: list[tuple[str, int]]) -> str:
    if block == NULL_BLOCK:
        return "null"
    if block in board.free:
        return "-"
    return "+".join(f"{name}.{index}" for name, index in holders) or "other"
