import io
import json
import pathlib
import re
import sys

import pytest
from hypothesis import given

from kvsim.__main__ import main
from kvsim.model import PADDING
from kvsim.recording import Recording
from kvsim.scenario import KVPolicyChoice
from kvsim.scenario_json import to_json
from kvsim.words import Mention, phase, plain, step_sentence
from scenarios import lone, scenarios, several


def sentences(scenario):
    recording = Recording(scenario).run()
    return [plain(step_sentence(recording, k, recording.board(k))) for k in range(recording.last_position + 1)]


def test_prefill_decode_and_the_end_are_told_apart():
    said = sentences(lone(prompt=5, answer=4))
    assert said == [
        "The prompt is 5 tokens, and nothing is computed yet: no key, no value, no block. The first step takes the whole prompt at once.",
        "The whole prompt goes through the model at once: 5 keys and values are written to blocks 1 and 2. The model says “w5”, which has no KV yet.",
        "“w5” is written to block 2, slot 1, and reads all 6 positions. The model says “w6”.",
        "“w6” is written to block 2, slot 2, and reads all 7 positions. The model says “w7”.",
        "“w7” is written to block 2, slot 3, and reads all 8 positions. The model says “w8”, and the answer is done: its last token gets no KV.",
    ]


def test_a_new_block_is_said_with_its_reason():
    assert sentences(lone(prompt=4, answer=3))[2] == (
        "The last block is full, so block 2 comes from the front of the free queue. “w4” is written there, and reads all 5 positions. The model says “w5”."
    )


def test_a_prompt_in_chunks_says_how_much_is_to_go():
    said = sentences(lone(prompt=5, answer=1, budget=2))
    assert said[0].endswith("The first step takes the first 2, as many as the token budget lets through.")
    assert said[2] == (
        "The token budget lets 2 of the prompt’s 5 tokens through: 2 keys and values are written to block 1. 1 to go, so the model says nothing yet."
    )
    assert said[3].startswith("The rest of the prompt follows: 1 key and value is written to block 2, and it reads all that came before.")


def test_out_of_blocks_says_what_was_needed_and_what_there_is():
    assert sentences(lone(prompt=6, answer=9, blocks=3))[-1] == (
        "Out of blocks. “w8” at position 8 needs one more block, and none is free. The pool can lend 2 at most. "
        "A server would preempt it now, and it could never come back, so the run ends here."
    )
    assert sentences(lone(prompt=30, answer=1, blocks=4))[-1] == (
        "Out of blocks. As a whole, the prompt needs 8 blocks, and only 3 can ever be free. It would wait for ever, so the run ends here."
    )


def test_a_preemption_names_the_victim_the_request_that_needed_the_block_and_what_is_lost():
    said = " ".join(sentences(several((4, 6), (2, 6), blocks=3)))
    assert "A needs 1 more block and none is free, so B, the last one in, is preempted: it gives all its blocks back, and 2 tokens must" in said
    said = " ".join(sentences(several((4, 6), (4, 6), blocks=4)))
    assert "B needs 1 more block and none is free, and being the last one in itself, it is preempted" in said


def test_tokens_in_a_sentence_carry_their_positions():
    recording = Recording(lone(prompt=4, answer=3)).run()
    mentions = [part for part in step_sentence(recording, 2, recording.board(2)) if isinstance(part, Mention)]
    assert mentions == [Mention("block 2", "block", 2), Mention("w4", "written", 4), Mention("w5", "sampled", 5)]


def test_phases_have_the_names_that_people_use():
    recording = Recording(several((4, 3), (9, 2), budget=6)).run()
    assert [phase(recording, k) for k in (0, 1, 2)] == ["before the first step", "prefill", "prefill and decode"]
    assert phase(recording, recording.last_position) == "decode"


@given(scenarios)
def test_a_sentence_names_the_blocks_that_are_written_to_and_counts_add_up(scenario):
    scenario = scenario._replace(requests=scenario.requests[:1])
    recording = Recording(scenario).run()
    size = scenario.config.block_size
    for position in range(1, recording.last_position + 1):
        board = recording.board(position)
        request = board.requests.get(scenario.requests[0].id)
        if request is None or request.scheduled is None or request.status == "finished":
            continue
        start, padding = request.scheduled.start, request.scheduled.drafts.count(PADDING)
        end = start + request.scheduled.count - padding
        written = [request.table[p // size] for p in range(start, end)]
        said = step_sentence(recording, position, board)
        named = [part.number for part in said if isinstance(part, Mention) and part.kind == "block"]
        written_to = list(dict.fromkeys(written))
        assert named[-len(written_to) :] == written_to or len(written_to) > 4


def test_blocks_are_named_up_to_four_and_counted_above():
    assert "written to blocks 1, 2, 3 and 4." in sentences(lone(prompt=16, answer=1))[1]
    assert "written to 5 blocks." in sentences(lone(prompt=17, answer=1))[1]


def test_a_chunk_that_ends_in_a_block_already_begun_names_both_blocks():
    assert "5 keys and values are written to blocks 2 and 3." in sentences(lone(prompt=12, answer=1, budget=5))[2]


def test_after_a_preemption_a_request_computes_everything_from_the_start():
    assert sentences(several((4, 6), (2, 4), blocks=4))[7].startswith(
        "B: back after its preemption, it computes its 5 tokens, from the start: 5 keys and values are written to blocks 2 and 3. The model says"
    )


def test_after_a_preemption_a_small_budget_lets_it_come_back_in_chunks():
    said = sentences(several((4, 6), (4, 6), blocks=5, size=3, budget=3, enable_prefix_caching=False))
    assert said[8] == "B: back after its preemption, it computes the first 3 of its 6 tokens, from the start: 3 keys and values are written to block 4."
    assert said[9].startswith("B: The rest follows: 3 keys and values are written to block 2, and it reads all that came before. The model says “w106”")


def test_a_window_says_which_block_goes_back_and_that_nobody_will_read_it():
    said = sentences(lone(5, 9, kv_policy=KVPolicyChoice("sliding window", (4,))))
    assert said[4] == (
        "Block 1 goes back: no query will read “w0 w1 w2 w3” again. Then “w7” is written to block 2, slot 3, "
        "and reads the last 4 of 8 positions. The model says “w8”."
    )


def test_blocks_that_go_back_together_are_named_with_the_positions_that_go():
    said = sentences(lone(20, 3, kv_policy=KVPolicyChoice("attention sinks", (2, 4)), prefix_cache_retention_interval=None))
    assert said[2].startswith("Blocks 2, 3 and 4 go back: no query will read positions 4 to 15 again. Then the last block is full, so block 6 comes")
    assert "and reads the first 2 and the last 4 of 21 positions" in said[2]


def test_recent_n_says_that_it_saves_no_memory_and_so_runs_out_of_it():
    said = sentences(lone(6, 9, blocks=3, kv_policy=KVPolicyChoice("recent-N", (3,))))
    assert "and reads the last 3 of 7 positions. The other 4 stay stored all the same: fewer reads, no memory saved." in said[2]
    assert "The pool can lend 2 at most, and recent-N, which reads only the last 3, gives none back." in said[-1]


def test_a_policy_that_gives_blocks_back_needs_fewer_at_one_time():
    said = sentences(lone(60, 1, blocks=4, budget=8, kv_policy=KVPolicyChoice("sliding window", (8,))))
    assert said[-1].startswith("Out of blocks. At one time, the prompt needs 5 blocks, and only 3 can ever be free.")


def test_a_pinned_prefix_says_what_it_gives_up_for_want_of_a_block():
    said = sentences(lone(8, 9, blocks=4, kv_policy=KVPolicyChoice("pinned prefix", (4,))))
    assert said[6] == (
        "No block is free, so the oldest that is not pinned, block 2, gives up “w4 w5 w6 w7” and takes “w12”, "
        "which reads all that is kept of 13 positions. The model says “w13”."
    )


@given(scenarios)
def test_every_step_of_every_run_has_a_sentence_and_a_phase(scenario):
    recording = Recording(scenario).run()
    for position in range(recording.last_position + 1):
        said = plain(step_sentence(recording, position, recording.board(position)))
        assert said.endswith(".")
        assert not re.search(r"-\d|\b0 (token|block|key|to go)", said)
        assert phase(recording, position)


def test_the_command_line_prints_each_steps_sentence_and_the_pool(tmp_path, capsys):
    file = tmp_path / "s.json"
    requests = [{"id": "A", "prompt": "a b c", "answer": "d e"}]
    file.write_text(json.dumps({"config": {"num_gpu_blocks": 4, "block_size": 2}, "requests": requests, "pool": {"held": [2], "free": [3, 1]}}))
    assert main(["run", str(file)]) == 0
    assert capsys.readouterr().out == (
        "\nStep 0, before the first step. The prompt is 3 tokens, and nothing is computed yet: no key, no value, no block. "
        "The first step takes the whole prompt at once.\n"
        "block  0      1      2      3\n"
        "       null   -      other  -\n"
        "free queue, front first: 3 1\n"
        "\nStep 1, prefill. The whole prompt goes through the model at once: 3 keys and values are written to blocks 3 and 1. "
        "The model says “d”, which has no KV yet.\n"
        "block  0      1      2      3\n"
        "       null   A.1    other  A.0\n"
        "free queue, front first: empty\n"
        "\nStep 2, decode. “d” is written to block 1, slot 1, and reads all 4 positions. The model says “e”, and the answer is done: "
        "its last token gets no KV.\n"
        "block  0      1      2      3\n"
        "       null   A.1    other  A.0\n"
        "free queue, front first: empty\n"
        "\nThe run ends: finished, 2 steps.\n"
        "prefix hits: 0% of 3 tokens; preemptions: 0; recompute tax: 0 of 4 tokens computed\n"
        "A: TTFT 1, TPOT 1.00, in the queue 0 (in steps)\n"
    )


def test_with_several_requests_the_command_line_says_who_runs_and_who_waits_for_what(capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO(to_json(several((4, 2), (4, 2), (4, 2), max_num_seqs=1))))
    assert main(["run", "-"]) == 0
    assert "running: A\nB waits: as many requests run as may.\nC waits behind B.\n" in capsys.readouterr().out


def test_the_example_of_the_readme_runs(capsys):
    assert main(["run", str(pathlib.Path(__file__).parents[2] / "examples/cat.json")]) == 0
    said = capsys.readouterr().out
    assert "The run ends: out of blocks, 11 steps." in said
    assert "preemptions: 0" in said, "it ends before the lone request preempts itself"


@pytest.mark.parametrize(("content", "message"), [("{", "this is not JSON"), ('{"requests": []}', "requests: at least 1 request, got 0")])
def test_the_command_line_names_what_is_wrong_with_a_file(tmp_path, capsys, content, message):
    file = tmp_path / "s.json"
    file.write_text(content)
    assert main(["run", str(file)]) == 2
    assert message in capsys.readouterr().err


def test_the_command_line_names_a_file_that_is_not_there(capsys):
    assert main(["run", "no-such-file.json"]) == 2
    assert "no-such-file.json" in capsys.readouterr().err
