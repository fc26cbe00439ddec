"""The numbers: each on a run small enough to count by hand."""

from hypothesis import given

from kvsim.board import Board
from kvsim.metrics import Metrics, cached_but_free, wasted_slots
from kvsim.recording import Recording
from kvsim.scenario import RequestSpec
from scenarios import asked, lone, numbers, scenarios, several


def metrics(scenario):
    return Metrics().apply(Recording(scenario).run().events)


def test_time_to_first_token_counts_the_steps_from_arrival_to_the_end_of_the_one_that_said_it():
    assert metrics(lone(prompt=5, answer=3)).requests["A"].ttft == 1
    assert metrics(lone(prompt=5, answer=3, budget=2)).requests["A"].ttft == 3


def test_time_per_output_token_is_the_mean_of_the_steps_between_tokens():
    assert metrics(lone(prompt=5, answer=4)).requests["A"].tpot == 1
    assert metrics(lone(prompt=5, answer=1)).requests["A"].tpot is None
    drafting = asked(RequestSpec("A", numbers(5), numbers(9)), num_speculative=3)
    assert metrics(drafting).requests["A"].tpot == 2 / 8


def test_queue_time_counts_the_steps_in_the_waiting_queue_also_after_a_preemption():
    found = metrics(several((2, 4), (2, 2), max_num_seqs=1)).requests
    assert (found["A"].queue_steps, found["B"].queue_steps) == (0, 4)
    preempted = metrics(several((4, 6), (4, 6), blocks=4)).requests["B"]
    assert preempted.queue_steps == 5


def test_the_hit_rate_is_of_the_tokens_that_new_requests_came_with():
    found = metrics(asked(RequestSpec("A", numbers(12), (1,)), RequestSpec("B", numbers(13), (1,), arrival_step=2)))
    assert (found.hit_tokens, found.queried_tokens, found.hit_rate) == (12, 25, 12 / 25)
    assert found.requests["B"].hit_tokens == 12
    assert Metrics().hit_rate is None


def test_hits_of_resumed_requests_count_apart():
    found = metrics(several((8, 14), (8, 14), blocks=9))
    assert (found.hit_tokens, found.resumed_hit_tokens) == (0, 8)


def test_tokens_computed_for_rejected_drafts_are_counted():
    assert metrics(asked(RequestSpec("A", numbers(5), numbers(9), max_tokens=2, draft_accept=(0,)), num_speculative=3)).rejected_tokens == 3


def test_internal_waste_is_what_is_empty_inside_of_held_blocks():
    recording = Recording(lone(prompt=5, answer=4)).run()
    assert [wasted_slots(recording.board(position)) for position in range(5)] == [0, 3, 2, 1, 0]


def test_cached_but_free_blocks_are_free_and_can_still_be_found():
    recording = Recording(several((9, 1))).run()
    assert cached_but_free(recording.board(1)) == 0
    assert cached_but_free(recording.board_at(len(recording.events))) == 2


@given(scenarios)
def test_the_fold_agrees_with_the_board_on_what_is_known_and_computed(scenario):
    recording = Recording(scenario).run()
    found, board = Metrics().apply(recording.events), Board(scenario)
    board.apply(recording.events)
    for name, request in board.requests.items():
        assert found.requests[name].tokens == request.tokens
        assert (found.requests[name].ttft is None) == (found.requests[name].generated == 0)
    assert len(found.preemptions) == sum(request.num_preemptions for request in board.requests.values())
    assert 0 <= found.recompute_tax <= found.computed_tokens
