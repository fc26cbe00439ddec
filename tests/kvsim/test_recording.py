from hypothesis import given
from hypothesis import strategies as st

from kvsim.board import Board
from kvsim.recording import Recording
from random_scenarios import at_random
from scenarios import lone, scenarios, several


@given(scenarios, st.randoms())
def test_the_board_at_any_moment_is_the_fold_of_all_events_before_it(scenario, rng):
    recording = Recording(scenario).run()
    for place in rng.sample(range(len(recording.events) + 1), min(20, len(recording.events))):
        plain = Board(scenario)
        plain.apply(recording.events[:place])
        assert recording.board_at(place) == plain


@given(scenarios)
def test_forward_and_back_end_on_the_same_board(scenario):
    recording = Recording(scenario).run()
    forward = [recording.board(position) for position in range(recording.last_position + 1)]
    back = [recording.board(position) for position in reversed(range(recording.last_position + 1))]
    assert forward == back[::-1]


def test_a_board_that_was_handed_out_can_be_changed_without_harm():
    recording = Recording(several((8, 8), (8, 8), blocks=6)).run()
    before = recording.board(3)
    recording.board(3).apply(recording.events[recording.place(3) :])
    assert recording.board(3) == before


def test_position_0_is_before_anything_and_position_k_shows_step_k_computed_and_sampled():
    recording = Recording(lone(prompt=4, answer=3)).run()
    assert recording.board(0) == Board(recording.scenario)
    assert [recording.board(k).step for k in (1, 2, 3)] == [0, 1, 2]
    assert [recording.board(k).requests["A"].computed for k in (1, 2, 3)] == [4, 5, 6]
    assert [recording.board(k).requests["A"].tokens for k in (1, 2, 3)] == [5, 6, 7]


def test_marks_follow_each_other_without_a_gap():
    recording = Recording(at_random(7)).run()
    places = [place for mark in recording.marks for place in mark]
    assert places == sorted(places)
    assert [mark.start for mark in recording.marks[1:]] == [mark.end for mark in recording.marks[:-1]]
    assert recording.marks[-1].end == len(recording.events)


def test_checkpoints_cost_no_more_memory_than_what_happened():
    recording = Recording(lone(prompt=4, answer=900, blocks=400, size=4)).run()
    kept = sum(board.weight for _, board in recording._checkpoints[1:])
    assert len(recording._checkpoints) > 1
    assert kept <= 2 * len(recording.events)


def test_a_seek_starts_from_the_nearest_checkpoint(monkeypatch):
    recording = Recording(lone(prompt=4, answer=900, blocks=400, size=4)).run()
    applied, apply = [], Board.apply
    monkeypatch.setattr(Board, "apply", lambda board, events: (applied.append(len(events)), apply(board, events)))
    for place in range(0, len(recording.events), 50):
        recording.board_at(place)
    heaviest = max(board.weight for _, board in recording._checkpoints)
    assert max(applied) <= heaviest + 10 < len(recording.events)
