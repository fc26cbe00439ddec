"""The board and the numbers as plain text, for the command line."""

from kvsim.blocks import NULL_BLOCK
from kvsim.board import Behind, Board
from kvsim.metrics import Metrics
from kvsim.words import plain
from kvsim.words.other import waits

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


def queues_as_text(board: Board) -> str:
    """Who runs, and who waits and why, in order."""
    rows = ["running: " + (" ".join(board.running) or "nobody")]
    for name in board.waiting:
        why = board.why_waiting(name)
        if isinstance(why, Behind):
            rows.append(f"{name} waits behind {why.ahead}.")
        else:
            rows.append(plain(waits(why)).rstrip() if why else f"{name} waits.")
    return "\n".join(rows)


def metrics_as_text(metrics: Metrics) -> str:
    """What a run cost, in steps and tokens."""
    rate = "none asked" if metrics.hit_rate is None else f"{metrics.hit_rate:.0%} of {metrics.queried_tokens:,} tokens"
    tax = f"{metrics.recompute_tax:,} of {metrics.computed_tokens:,} tokens computed"
    rows = [f"prefix hits: {rate}; preemptions: {len(metrics.preemptions):,}; recompute tax: {tax}"]
    for name, request in metrics.requests.items():
        tpot = "-" if request.tpot is None else f"{request.tpot:.2f}"
        rows.append(f"{name}: TTFT {request.ttft or '-'}, TPOT {tpot}, in the queue {request.queue_steps:,} (in steps)")
    return "\n".join(rows)


def _holder(board: Board, block: int, holders: list[tuple[str, int]]) -> str:
    if block == NULL_BLOCK:
        return "null"
    if block in board.free:
        return "-"
    return "+".join(f"{name}.{index}" for name, index in holders) or "other"
