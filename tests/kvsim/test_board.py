"""The board is the fold of the events: it must agree with the engine after both halves of every step."""

import sys

import pytest
from hypothesis import given

from kvsim.board import Board
from kvsim.engine import Engine
from kvsim.events import Released, Sampled, Scheduled
from kvsim.recording import MAX_STEPS, Recording
from scenarios import at_random, scenarios, several

THOUSANDS = 300 if sys.platform == "emscripten" else 3000


def assert_agree(board, engine):
    """Everything that the engine knows and the board shows is equal, and the pool is sound."""
    engine.pool.check()
    scheduler = engine.scheduler
    assert board.free == engine.pool.free
    assert board.ref_counts == engine.pool.ref_counts
    assert board.running == [request.id for request in scheduler.running]
    assert board.waiting == [request.id for request in scheduler.waiting]
    for request in (*scheduler.running, *scheduler.waiting):
        shown = board.requests[request.id]
        assert shown.table == request.table
        assert (shown.status, shown.tokens, shown.computed) == (request.status, request.tokens, request.computed)
        waits = shown.waits and (shown.waits.needed, shown.waits.free)
        assert waits == request.waits_for
    finished = board.requests.keys() - {request.id for request in (*scheduler.running, *scheduler.waiting)}
    assert all(board.requests[name].status == "finished" and not board.requests[name].table for name in finished)


def halves(scenario):
    """Run a scenario; yields the board and the engine after each half of each step."""
    engine, board, done = Engine(scenario), Board(scenario), 0
    while not engine.done and not engine.stuck and engine.step < MAX_STEPS:
        engine.schedule()
        board.apply(engine.events[done:])
        done = len(engine.events)
        yield board, engine
        engine.sample()
        engine.finish()
        board.apply(engine.events[done:])
        done = len(engine.events)
        yield board, engine


@pytest.mark.parametrize("first", range(0, THOUSANDS, THOUSANDS // 10))
def test_board_and_engine_agree_at_both_halves_of_every_step_of_random_scenarios(first):
    for seed in range(first, first + THOUSANDS // 10):
        for board, engine in halves(at_random(seed)):
            assert_agree(board, engine)


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
def test_a_block_table_has_room_for_what_is_computed_and_no_block_more(scenario):
    size = scenario.config.block_size
    for board, _ in halves(scenario):
        for request in board.requests.values():
            if request.status == "running":
                assert len(request.table) == -(-request.computed // size)


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


def test_a_table_shows_holes_while_its_blocks_are_being_released_one_by_one():
    recording = Recording(several((9, 1))).run()
    releases = [place for place, event in enumerate(recording.events) if isinstance(event, Released)]
    tables = [recording.board_at(place).requests["A"].table for place in (*releases, releases[-1] + 1)]
    assert tables == [[1, 2, 3], [None, 2, 3], [None, None, 3], []]


def test_a_board_weighs_as_much_as_a_copy_of_it_costs():
    small, large = Board(several((1, 1), blocks=10)), Board(several((1, 1), blocks=1000))
    assert large.weight - small.weight == 2 * 990


def test_what_one_step_computed_and_said_is_no_longer_said_of_the_next():
    recording = Recording(several((1, 2), (1, 2), budget=1)).run()
    busy = recording.board(1).requests["A"]
    assert (busy.scheduled, busy.sampled) == (Scheduled("A", 0, 1), Sampled("A", (" w1",)))
    done = recording.board(3).requests["A"]
    assert (done.scheduled, done.sampled) == (None, None)
