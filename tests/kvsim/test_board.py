"""The board is the fold of the events: it must agree with the engine after both halves of every step."""

import sys

import pytest
from hypothesis import given

from kvsim.blocks import NULL_BLOCK
from kvsim.board import Behind, Board
from kvsim.engine import Engine
from kvsim.events import Arrived, Released, Sampled, Scheduled, Taken, Waits
from kvsim.recording import Recording
from kvsim.scenario import RequestSpec
from random_scenarios import at_random, with_kv_policy, with_somebody_else
from scenarios import asked, halves, numbers, scenarios, several

HUNDREDS = 60 if sys.platform == "emscripten" else 600


def assert_agree(board, engine):
    """Everything that the engine knows and the board shows is equal, and the pool is sound."""
    engine.pool.check()
    scheduler = engine.scheduler
    assert board.free == engine.pool.free
    assert board.ref_counts == engine.pool.ref_counts
    assert board.block_hash == {block: known for block, known in enumerate(engine.pool.hash_of) if known is not None}
    assert board.running == [request.id for request in scheduler.running]
    assert board.waiting == [request.id for request in scheduler.waiting]
    for request in engine.requests.values():
        shown = board.requests[request.id]
        assert shown.table == [None if block == NULL_BLOCK else block for block in request.table]
        assert (shown.status, shown.tokens, shown.computed) == (request.status, len(request.token_ids), request.computed)
        assert (shown.num_preemptions, shown.waits) == (request.num_preemptions, request.waits)
        if request in engine.scheduled:
            assert (shown.scheduled.count, shown.scheduled.drafts) == (request.scheduled, request.scheduled_drafts)
    gone = board.requests.keys() - engine.requests.keys()
    assert all(board.requests[name].status == "finished" and not board.requests[name].table for name in gone)


@pytest.mark.parametrize("first", range(0, HUNDREDS, HUNDREDS // 10))
def test_board_and_engine_agree_at_both_halves_of_every_step_of_random_scenarios(first):
    for seed in range(first, first + HUNDREDS // 10):
        scenario = [at_random(seed), with_kv_policy(at_random(seed), seed), with_somebody_else(with_kv_policy(at_random(seed), seed), seed)][seed % 3]
        for board, engine in halves(scenario):
            assert_agree(board, engine)


@given(scenarios)
def test_whoever_had_a_free_block_last_is_known_for_as_long_as_its_kv_can_be_found(scenario):
    for board, engine in halves(scenario):
        assert set(board.last_holder) == {block for block in board.block_hash if block in board.free}
        for block, (name, index) in board.last_holder.items():
            if name in engine.requests:
                known = engine.requests[name].block_hashes
                assert index < len(known)
                assert known[index] == board.block_hash[block]


@given(scenarios)
def test_blocks_are_conserved_and_reference_counts_count_the_tables(scenario):
    held = set(scenario.initial_pool().held)
    for board, _ in halves(scenario):
        holders = board.holders()
        for block, ref_count in enumerate(board.ref_counts):
            expected = 1 if block in held else len(holders.get(block, []))
            assert ref_count == expected
        assert len(board.free) + len(holders) + len(held) + 1 == scenario.config.num_gpu_blocks
        assert not set(board.free) & (set(holders) | held | {0})


@given(scenarios)
def test_a_block_table_has_room_for_what_is_computed_and_without_drafts_no_block_more(scenario):
    size, drafts = scenario.config.block_size, scenario.config.num_speculative or 0
    for board, _ in halves(scenario):
        for request in board.requests.values():
            if request.status == "running":
                least = -(-request.computed // size)
                assert least <= len(request.table) <= -(-(request.computed + drafts) // size)


@given(scenarios)
def test_a_copy_is_equal_and_stays_as_it_was(scenario):
    engine, board = Engine(scenario), Board(scenario)
    engine.schedule()
    board.apply(engine.events)
    kept, again = board.copy(), board.copy()
    place = len(engine.events)
    engine.sample()
    engine.finish()
    engine.schedule()
    board.apply(engine.events[place:])
    assert kept == again
    assert kept != board
    again.apply(engine.events[place:])
    assert again == board


def test_a_table_shrinks_while_its_blocks_are_being_released_one_by_one():
    recording = Recording(several((9, 1))).run()
    releases = [place for place, event in enumerate(recording.events) if isinstance(event, Released)]
    tables = [recording.board_at(place).requests["A"].table for place in (*releases, releases[-1] + 1)]
    assert tables == [[1, 2, 3], [1, 2], [1], []]


def test_a_block_that_others_hold_too_leaves_one_table_and_stays():
    scenario = asked(RequestSpec("A", numbers(9), (1, 2)), RequestSpec("B", numbers(9), (1, 2, 3)))
    recording = Recording(scenario).run()
    shared = [event for event in recording.events if isinstance(event, Released) and event.end is None]
    assert shared == [Released(2, "A", 1, None, "finished"), Released(1, "A", 0, None, "finished")]


def test_the_board_believes_an_event_and_decides_nothing():
    board = Board(several((1, 1), blocks=6))
    board.apply([Arrived("A", 9, 0), Taken(3, "A", 0), Taken(1, "A", 1)])
    assert (list(board.free), board.requests["A"].table) == ([2, 4, 5], [3, 1]), "the blocks that it names, whatever stands in front"


def test_who_is_not_the_head_waits_behind_it():
    board = Recording(several((8, 4), (20, 2), (1, 1), blocks=6, budget=8)).run().board(2)
    assert board.why_waiting("A") is None
    assert board.why_waiting("B") == Waits("B", "gate", needed=5, free=2)
    assert board.why_waiting("C") == Behind("C", "B")


def test_running_requests_for_which_no_budget_is_left_wait_behind_the_first_of_them():
    board = Recording(several((1, 9), (1, 9), (5, 9), (1, 9), budget=8, num_speculative=2)).run().board(2)
    assert board.running == ["A", "B", "C", "D"]
    assert [board.why_waiting(name) for name in "ABC"] == [None, None, None]
    assert board.why_waiting("D") == Waits("D", "budget", needed=1)
    board = Recording(several((1, 9), (1, 9), (1, 9), (1, 9), budget=4, num_speculative=2)).run().board(2)
    assert board.why_waiting("C") == Waits("C", "budget", needed=1)
    assert board.why_waiting("D") == Behind("D", "C")


def test_a_board_weighs_as_much_as_a_copy_of_it_costs():
    small, large = Board(several((1, 1), blocks=10)), Board(several((1, 1), blocks=1000))
    assert large.weight - small.weight == 2 * 990


def test_what_one_step_computed_and_said_is_no_longer_said_of_the_next():
    recording = Recording(several((1, 2), (1, 2), budget=8, max_num_scheduled_tokens=1)).run()
    busy = recording.board(1).requests["A"]
    assert (busy.scheduled, busy.sampled) == (Scheduled("A", 0, 1), Sampled("A", (" w1",)))
    done = recording.board(3).requests["A"]
    assert (done.scheduled, done.sampled) == (None, None)
