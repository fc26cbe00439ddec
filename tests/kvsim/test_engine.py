"""What one step does: the budget, the block table, the newest token, the end; and when blocks run out."""

from hypothesis import assume, given

from kvsim.events import Admitted, Arrived, Finished, Preempted, Released, Sampled, Scheduled, StepStarted, Taken, Waits
from kvsim.recording import Recording
from kvsim.scenario import InitialPool, RequestSpec
from scenarios import lone, scenarios, several


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
    assert found[:3] == [[Scheduled("A", 0, 3)], [Scheduled("A", 3, 3)], [Scheduled("A", 6, 1), Sampled("A", (" w7",))]]


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
        Released(1, "A", 0, "front", "finished"),
        Released(2, "A", 1, "front", "finished"),
    ]
    assert recording.board(recording.last_position).requests["A"].table == [1, 2]
    after = recording.board_at(len(recording.events))
    assert after.requests["A"].table == []
    assert list(after.free) == [2, 1, *range(3, 12)], "the last block of a request is the first to be taken again"


def test_running_requests_come_first_and_the_rest_of_the_budget_goes_to_the_queue():
    found, _ = steps(several((4, 3), (9, 2), budget=6), Scheduled)
    assert found[:3] == [
        [Scheduled("A", 0, 4), Scheduled("B", 0, 2)],
        [Scheduled("A", 4, 1), Scheduled("B", 2, 5)],
        [Scheduled("A", 5, 1), Scheduled("B", 7, 2)],
    ]


def test_a_request_that_does_not_fit_as_a_whole_waits_and_blocks_all_behind_it():
    scenario = several((8, 4), (20, 2), (1, 1), blocks=6, size=4, budget=8)
    _, recording = steps(scenario, Waits)
    first = recording.board(2)
    assert (first.running, first.waiting) == (["A"], ["B", "C"])
    waits = [event for event in recording.events if isinstance(event, Waits)]
    assert waits[0] == Waits("B", needed=5, free=2)
    assert waits == list(dict.fromkeys(waits)), "said when the data change, not in every step"


def test_when_no_block_is_free_the_last_one_in_is_preempted_and_resumes_at_the_head_of_the_queue():
    found, recording = steps(several((4, 6), (4, 6), (2, 2), blocks=4, size=4), Preempted, Admitted)
    happened = [event for step in found for event in step]
    assert happened[:4] == [
        Admitted("A", resumed=False),
        Admitted("B", resumed=False),
        Admitted("C", resumed=False),
        Preempted("C", "A", needed=1, free=0, lost=2),
    ]
    assert Admitted("C", resumed=True) in happened
    assert recording.ending == "finished"


def test_a_step_that_preempts_admits_nobody():
    found, _ = steps(several((4, 6), (4, 6), blocks=4, size=4), Preempted, Admitted)
    for step in found:
        assert not {Preempted, Admitted} <= {type(event) for event in step}


def test_a_preempted_request_keeps_what_it_generated_and_computes_all_of_it_again():
    _, recording = steps(several((4, 6), (4, 6), blocks=4, size=4), Preempted)
    preempted = next(event for event in recording.events if isinstance(event, Preempted))
    again = [e for e in recording.events if isinstance(e, Scheduled) and e.request == preempted.victim]
    resumed = next(e for e in again[1:] if e.start == 0)
    assert resumed.count == preempted.lost + 1, "the prompt, what was generated, and so the newest token too"
    said = [token for e in recording.events if isinstance(e, Sampled) and e.request == preempted.victim for token in e.tokens]
    assert said == list(recording.scenario.requests[1].answer), "no token is lost, none is said twice"


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
    assert recording.board(1).requests["A"].waits == Waits("A", needed=8, free=3)


def test_a_run_that_reaches_its_limit_of_steps_stops_and_says_so():
    recording = Recording(lone(prompt=2, answer=50, blocks=20), max_steps=5).run()
    assert (recording.ending, recording.last_position) == ("stopped", 5)


def test_steps_pass_while_nothing_has_arrived_yet():
    late = lone(prompt=2, answer=1)._replace(requests=(RequestSpec("A", ("a",), ("b",), arrival_step=2),))
    found, _ = steps(late, StepStarted, Arrived)
    assert found == [[StepStarted(0)], [StepStarted(1)], [StepStarted(2), Arrived("A", 1)]]


def test_requests_arrive_in_their_own_step_in_whatever_order_the_file_has_them():
    specs = [RequestSpec(name, ("a",), ("b", "c", "d", "e"), arrival) for name, arrival in (("late", 2), ("first", 0), ("second", 0))]
    found, _ = steps(lone(prompt=1, answer=1)._replace(requests=tuple(specs)), Arrived)
    assert found[:3] == [[Arrived("first", 1), Arrived("second", 1)], [], [Arrived("late", 1)]]


@given(scenarios)
def test_no_step_computes_more_than_the_token_budget_nor_nothing_for_somebody(scenario):
    found, _ = steps(scenario, Scheduled)
    for step in found:
        assert all(event.count > 0 for event in step)
        assert sum(event.count for event in step) <= scenario.config.max_num_batched_tokens


@given(scenarios)
def test_the_same_scenario_gives_the_same_events(scenario):
    assert Recording(scenario).run().events == Recording(scenario).run().events


@given(scenarios)
def test_every_request_of_a_finished_run_said_its_whole_answer_once(scenario):
    recording = Recording(scenario).run()
    assume(recording.ending == "finished")
    for spec in scenario.requests:
        said = [token for e in recording.events if isinstance(e, Sampled) and e.request == spec.id for token in e.tokens]
        assert tuple(said) == spec.answer


@given(scenarios)
def test_a_run_ends_out_of_blocks_exactly_where_somebody_can_never_fit(scenario):
    recording = Recording(scenario).run()
    usable, size = len(scenario.initial_pool().free), scenario.config.block_size
    too_large = any(-(-(len(r.prompt) + len(r.answer) - 1) // size) > usable for r in scenario.requests)
    assert recording.ending == ("out of blocks" if too_large else "finished")
