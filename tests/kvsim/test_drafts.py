"""Speculative decoding with n-gram drafts: proposed, scheduled, verified, accepted or rejected."""

from kvsim.events import Admitted, Finished, Sampled, Scheduled, Stored
from kvsim.model import PADDING, WRONG_DRAFT
from kvsim.recording import Recording
from kvsim.scenario import RequestSpec
from scenarios import asked, numbers

ANSWER = numbers(20, 100)


def run(*requests, **settings):
    return Recording(asked(*requests, **{"num_speculative": 3, "blocks": 30} | settings)).run()


def computed(recording, position):
    return [event for event in recording.step_events(position) if isinstance(event, Scheduled | Sampled)]


def test_right_drafts_are_accepted_with_one_token_more():
    recording = run(RequestSpec("A", numbers(5), ANSWER))
    assert computed(recording, 2) == [Scheduled("A", 5, 4, ANSWER[1:4]), Sampled("A", ANSWER[1:5])]


def test_from_the_first_wrong_draft_on_all_are_rejected():
    recording = run(RequestSpec("A", numbers(5), ANSWER, draft_accept=(1,)))
    assert computed(recording, 2) == [
        Scheduled("A", 5, 4, (ANSWER[1], WRONG_DRAFT, WRONG_DRAFT)),
        Sampled("A", ANSWER[1:3], rejected=2),
    ]
    assert recording.board(2).requests["A"].computed == 7
    assert computed(recording, 3)[0].start == 7


def test_how_many_are_right_goes_round():
    recording = run(RequestSpec("A", numbers(5), ANSWER, draft_accept=(3, 0, 2)))
    assert [len(computed(recording, position)[1].tokens) for position in (2, 3, 4)] == [1, 3, 3]


def test_blocks_taken_for_rejected_drafts_stay_with_the_request():
    recording = run(RequestSpec("A", numbers(7), ANSWER, draft_accept=(0,)))
    assert recording.board(2).requests["A"].computed == 8
    assert len(recording.board(2).requests["A"].table) == 3


def test_a_draft_is_never_cached_before_it_is_accepted():
    recording = run(RequestSpec("A", numbers(9), ANSWER))
    kinds = [type(event) for event in recording.step_events(2)]
    (stored,) = [event for event in recording.step_events(2) if isinstance(event, Stored)]
    assert stored.tokens == (8, *ANSWER[:3]), "of these two were drafts"
    assert kinds.index(Stored) == kinds.index(Sampled) + 1


def test_drafts_leave_room_for_the_token_behind_them_at_max_model_len():
    recording = run(RequestSpec("A", numbers(5), ANSWER), max_model_len=8)
    assert computed(recording, 2) == [Scheduled("A", 5, 2, ANSWER[1:2], "model length"), Sampled("A", ANSWER[1:3])]
    assert recording.step_events(2)[-3:][0] == Finished("A", "length")


def test_tokens_past_the_end_are_dropped():
    recording = run(RequestSpec("A", numbers(5), ANSWER, max_tokens=3))
    assert computed(recording, 2)[1] == Sampled("A", ANSWER[1:3], rejected=2)


def test_a_decode_that_joins_is_padded_to_the_width_of_the_others():
    first, again = RequestSpec("A", numbers(5), ANSWER), RequestSpec("B", numbers(5), ANSWER, arrival_step=3)
    recording = run(first, again)
    assert [event for event in recording.step_events(4) if isinstance(event, Admitted)] == [Admitted("B", False, 4)]
    assert Scheduled("B", 4, 4, (PADDING,) * 3) in recording.step_events(4)
    assert Sampled("B", ANSWER[:1], rejected=3) in recording.step_events(4)


def test_a_decode_is_padded_only_where_the_token_behind_the_padding_has_room():
    requests = RequestSpec("A", numbers(9), ANSWER), RequestSpec("B", numbers(9), ANSWER, arrival_step=1)
    assert Scheduled("B", 8, 4, (PADDING,) * 3) in run(*requests, max_model_len=13).step_events(2)
    assert Scheduled("B", 8, 1) in run(*requests, max_model_len=12).step_events(2)


def test_beside_a_running_prefill_or_alone_from_its_start_a_decode_is_not_padded():
    alone = run(RequestSpec("A", numbers(1), ANSWER))
    assert computed(alone, 1)[0] == Scheduled("A", 0, 1)
    chunked = run(RequestSpec("A", numbers(12), ANSWER), RequestSpec("B", numbers(1, 60), ANSWER, arrival_step=1), budget=8)
    assert Scheduled("B", 0, 1) in chunked.step_events(2)
