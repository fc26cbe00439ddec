"""What one step does: the budget, the block table, the newest token, the end; and when blocks run out."""

import pytest
from hypothesis import assume, given

from kvsim.events import Admitted, Arrived, Finished, Preempted, Released, Sampled, Scheduled, StepStarted, Taken, Waits
from kvsim.recording import Recording
from kvsim.scenario import InitialPool, RequestSpec
from scenarios import asked, lone, numbers, scenarios, several


def steps(scenario, *kinds):
    """The events of these kinds, a list for each step."""
    recording = Recording(scenario).run()
    chosen = [[event for event in recording.events[mark.start : mark.end] if isinstance(event, kinds)] for mark in recording.marks]
    return chosen, recording


def test_the_whole_prompt_is_computed_in_the_first_step_and_one_token_a_step_after_it():
    found, recording = steps(lone(prompt=7, answer=4), Scheduled)
    assert found == [[Scheduled("A", 0, 7)], [Scheduled("A", 7, 1)], [Scheduled("A", 8, 1)], [Scheduled("A", 9, 1)]]
    assert recording.ending == "finished"


def test_a_prompt_above_the_token_budget_is_computed_in_chunks_and_nothing_is_sampled_before_its_end():
    found, _ = steps(lone(prompt=7, answer=2, budget=3), Scheduled, Sampled)
    limited = [[Scheduled("A", start, 3, (), "budget")] for start in (0, 3)]
    assert found[:3] == [*limited, [Scheduled("A", 6, 1), Sampled("A", (" w7",))]]


def test_the_newest_sampled_token_has_no_kv_until_the_next_step():
    recording = Recording(lone(prompt=3, answer=3)).run()
    for position in (1, 2, 3):
        request = recording.board(position).requests["A"]
        assert request.tokens == request.computed + 1


def test_the_last_token_of_the_answer_is_never_computed():
    _, recording = steps(lone(prompt=3, answer=3), Scheduled)
    assert recording.board(recording.last_position).requests["A"].computed == 3 + 3 - 1


def test_blocks_come_from_the_front_of_the_queue_and_a_new_one_only_when_the_last_is_full():
    pool = InitialPool(held=(1, 2), free=(5, 3, 4))
    found, _ = steps(lone(prompt=3, answer=4, blocks=6, size=2, pool=pool), Taken)
    assert found == [[Taken(5, "A", 0), Taken(3, "A", 1)], [], [Taken(4, "A", 2)], []]


def test_a_finished_request_gives_its_blocks_back_after_the_moment_that_its_last_position_shows():
    found, recording = steps(lone(prompt=6, answer=2), Finished, Released)
    assert found[-1] == [
        Finished("A", "length"),
        Released(2, "A", 1, "front", "finished"),
        Released(1, "A", 0, "back", "finished"),
    ]
    assert recording.board(recording.last_position).requests["A"].table == [1, 2]
    after = recording.board_at(len(recording.events))
    assert after.requests["A"].table == []
    assert list(after.free) == [2, *range(3, 12), 1], "the last block can't be found again, so it is taken first; the full one stays longest"


@pytest.mark.parametrize(("batched", "scheduled", "first"), [(8, None, 8), (8, 5, 5), (8, 20, 8)])
def test_the_token_budget_is_the_lower_one_of_max_num_batched_tokens_and_max_num_scheduled_tokens(batched, scheduled, first):
    found, _ = steps(lone(prompt=30, answer=2, budget=batched, max_num_scheduled_tokens=scheduled), Scheduled)
    assert found[0] == [Scheduled("A", 0, first, (), "budget")]


def test_running_requests_come_first_and_the_rest_of_the_budget_goes_to_the_queue():
    found, _ = steps(several((4, 3), (9, 2), budget=6), Scheduled)
    assert found[:3] == [
        [Scheduled("A", 0, 4), Scheduled("B", 0, 2, (), "budget")],
        [Scheduled("A", 4, 1), Scheduled("B", 2, 5, (), "budget")],
        [Scheduled("A", 5, 1), Scheduled("B", 7, 2)],
    ]


def test_a_request_that_does_not_fit_as_a_whole_waits_and_blocks_all_behind_it():
    scenario = several((8, 4), (20, 2), (1, 1), blocks=6, size=4, budget=8)
    _, recording = steps(scenario, Waits)
    first = recording.board(2)
    assert (first.running, first.waiting) == (["A"], ["B", "C"])
    waits = [event for event in recording.events if isinstance(event, Waits)]
    assert waits[:2] == [Waits("B", "budget", needed=1), Waits("B", "gate", needed=5, free=2)]
    assert waits == list(dict.fromkeys(waits)), "said when the data change, not in every step"


def test_the_lone_request_that_runs_out_ends_the_run_at_the_moment_before_it_preempts_itself():
    recording = Recording(lone(prompt=6, answer=9, blocks=3, size=4)).run()
    assert recording.ending == "out of blocks"
    board = recording.board(recording.last_position)
    assert board.requests["A"].table == [1, 2]
    assert (board.running, list(board.free)) == (["A"], [])
    assert recording.events[recording.place(recording.last_position)] == Preempted("A", "A", needed=1, free=0, lost=8)


def test_a_prompt_larger_than_the_pool_ends_the_run_at_once():
    recording = Recording(lone(prompt=30, answer=2, blocks=4, size=4)).run()
    assert (recording.ending, recording.last_position) == ("out of blocks", 1)
    assert recording.board(1).requests["A"].waits == Waits("A", "blocks", needed=8, free=3)


def test_a_run_that_reaches_its_limit_of_steps_stops_and_says_so():
    recording = Recording(lone(prompt=2, answer=50, blocks=20, max_steps=5)).run()
    assert (recording.ending, recording.last_position) == ("stopped", 5)


def test_steps_pass_while_nothing_has_arrived_yet():
    late = lone(prompt=2, answer=1)._replace(requests=(RequestSpec("A", ("a",), ("b",), arrival_step=2),))
    found, _ = steps(late, StepStarted, Arrived)
    assert found == [[StepStarted(0)], [StepStarted(1)], [StepStarted(2), Arrived("A", 1, 0)]]


def test_requests_arrive_in_their_own_step_in_whatever_order_the_file_has_them():
    specs = [RequestSpec(name, ("a",), ("b", "c", "d", "e"), arrival) for name, arrival in (("late", 2), ("first", 0), ("second", 0))]
    found, _ = steps(lone(prompt=1, answer=1)._replace(requests=tuple(specs)), Arrived)
    assert found[:3] == [[Arrived("first", 1, 0), Arrived("second", 1, 1)], [], [Arrived("late", 1, 0)]]


@given(scenarios)
def test_no_step_computes_more_than_the_token_budget_nor_nothing_for_somebody(scenario):
    found, _ = steps(scenario, Scheduled, Preempted)
    for step in found:
        scheduled = [event.count for event in step if isinstance(event, Scheduled)]
        unscheduled = [event.unscheduled for event in step if isinstance(event, Preempted)]
        assert all(count > 0 for count in scheduled)
        assert sum(scheduled) - sum(unscheduled) <= scenario.config.max_num_batched_tokens


@given(scenarios)
def test_the_same_scenario_gives_the_same_events(scenario):
    assert Recording(scenario).run().events == Recording(scenario).run().events


@given(scenarios)
def test_no_request_says_anything_but_its_answer_and_one_that_is_not_cut_short_says_all_of_it(scenario):
    recording = Recording(scenario).run()
    finished = {event.request: event.reason for event in recording.events if isinstance(event, Finished)}
    for spec in scenario.requests:
        said = [token for e in recording.events if isinstance(e, Sampled) and e.request == spec.id for token in e.tokens]
        assert tuple(said) == spec.answer[: len(said)]
        if finished.get(spec.id) == "length":
            assert len(said) == min(spec.most_tokens, scenario.config.max_model_len - len(spec.prompt))
        if finished.get(spec.id) == "stop":
            assert said[-1] in spec.stop_token_ids
            assert not set(said[:-1]) & set(spec.stop_token_ids)


@given(scenarios)
def test_a_run_that_is_finished_leaves_nobody_behind(scenario):
    recording = Recording(scenario).run()
    assume(recording.ending == "finished")
    assert {event.request for event in recording.events if isinstance(event, Finished)} == {spec.id for spec in scenario.requests}


@given(scenarios)
def test_the_steps_of_a_request_follow_each_other_without_a_gap_from_its_hit_on(scenario):
    recording = Recording(scenario).run()
    computed = {}
    for event in recording.events:
        if isinstance(event, Admitted):
            computed[event.request] = event.hit
        elif isinstance(event, Scheduled):
            assert event.start == computed[event.request]
            computed[event.request] += event.count
        elif isinstance(event, Sampled):
            computed[event.request] -= event.rejected


def test_a_request_ends_at_max_tokens_before_its_answer_does():
    found, _ = steps(asked(RequestSpec("A", numbers(3), numbers(9), max_tokens=2)), Sampled, Finished)
    assert found[-1] == [Sampled("A", (1,)), Finished("A", "length")]


def test_a_request_ends_where_it_reaches_max_model_len():
    _, recording = steps(asked(RequestSpec("A", numbers(3), numbers(9)), max_model_len=5), Sampled)
    assert recording.board(recording.last_position).requests["A"].tokens == 5
    assert recording.events[recording.place(recording.last_position)] == Finished("A", "length")


def test_a_stop_token_ends_a_request_and_is_the_last_one_it_says():
    found, _ = steps(asked(RequestSpec("A", numbers(3), ("a", "b", "c"), stop_token_ids=("b",))), Sampled, Finished)
    assert found[-1] == [Sampled("A", ("b",)), Finished("A", "stop")]


def test_a_request_that_waits_or_runs_can_be_aborted_before_a_step():
    requests = [RequestSpec("A", numbers(3), numbers(9), abort_step=2), RequestSpec("B", numbers(3), numbers(9), abort_step=1)]
    found, _ = steps(asked(*requests, max_num_seqs=1), Scheduled, Finished)
    assert found[1] == [Finished("B", "abort"), Scheduled("A", 3, 1)]
    assert found[2] == [Finished("A", "abort")]


def test_what_the_model_says_of_a_request_aborted_during_the_step_is_not_heard():
    found, recording = steps(asked(RequestSpec("A", numbers(3), numbers(9), abort_step=1, abort_phase="during")), Scheduled, Sampled, Finished)
    assert found[1] == [Scheduled("A", 3, 1), Finished("A", "abort")]
    assert recording.ending == "finished"


def test_an_abort_of_somebody_who_left_or_never_came_changes_nothing():
    early = RequestSpec("A", numbers(3), numbers(2), arrival_step=3, abort_step=1)
    late = RequestSpec("B", numbers(3), numbers(2), abort_step=5)
    found, _ = steps(asked(early, late), Finished)
    assert [event for step in found for event in step] == [Finished("B", "length"), Finished("A", "length")]
