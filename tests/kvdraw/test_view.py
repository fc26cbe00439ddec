from kvdraw.view import view_of
from kvsim.one_prompt import OnePrompt
from kvsim.recording import Recording


def view(position, kv_policy="full attention", **asked):
    recording = Recording(OnePrompt(kv_policy=kv_policy, **asked).scenario()).run()
    return view_of(recording, position, recording.board(position))


def states(of):
    return [token.state for token in of.tokens]


def test_before_the_first_step_no_token_has_kv_and_no_block_is_held():
    start = view(0)
    assert states(start) == ["empty"] * 11
    assert not any(block.owner == "ours" for block in start.blocks)


def test_a_whole_prefill_writes_every_prompt_token():
    first = view(1)
    assert states(first) == ["written"] * 11 + ["empty"]
    assert [token.sampled for token in first.tokens] == [False] * 11 + [True]


def test_decode_writes_one_token_and_reads_all_before_it():
    assert states(view(4)) == ["read"] * 13 + ["written", "empty"]


def test_a_later_chunk_reads_the_chunks_before_it():
    assert states(view(2, max_num_batched_tokens=4)) == ["read"] * 4 + ["written"] * 4 + ["empty"] * 3


def test_a_run_that_is_out_of_blocks_reads_nothing_and_the_table_asks_in_vain():
    out = view(11)
    assert set(states(out)) == {"stored", "empty"}
    assert out.entries[-1].asked_in_vain
    assert out.reads == ()


def test_each_slot_shows_the_token_whose_position_the_block_table_sends_there():
    late = view(9)
    for block in late.blocks:
        for offset, token in enumerate(block.tokens):
            assert token.position == block.logical * 4 + offset
            assert late.entries[block.logical].block == block.block


def test_somebody_elses_blocks_free_ones_and_the_null_block_are_told_apart():
    start = view(0)
    assert {block.block: block.owner for block in start.blocks} == {
        0: "null", 1: "other", 2: "free", 3: "other", 4: "free", 5: "free", 6: "other", 7: "free", 8: "other", 9: "other", 10: "free", 11: "other",
    }  # fmt: skip
    assert "other" not in {block.owner for block in view(0, somebody_else=False).blocks}


def test_a_window_leaves_holes_in_text_and_table_and_the_block_is_free_but_readable():
    after = view(6, "sliding window")
    assert states(after)[:12] == ["hole"] * 8 + ["read"] * 4
    assert [entry.block for entry in after.entries][:2] == [None, None]
    assert after.entries[1].released == 10
    block = after.blocks[10]
    assert (block.owner, block.note) == ("cached", "released")
    assert [token.label for token in block.tokens] == ["the", "mat", "because", "it"]


def test_storage_is_not_attention():
    recent, window, sinks = (view(6, name) for name in ("recent-N", "sliding window", "attention sinks"))
    assert [(v.num_read, v.num_stored) for v in (recent, window, sinks)] == [(8, 16), (8, 8), (10, 12)]
    assert states(sinks) == ["read", "read", "stored", "stored"] + ["hole"] * 4 + ["read"] * 7 + ["written", "empty"]


def test_pinned_positions_are_marked_for_as_long_as_they_are_stored():
    assert [token.position for token in view(8, "pinned prefix").tokens if token.pinned] == [0, 1, 2, 3]
    assert not any(token.pinned for token in view(0, "attention sinks").tokens)


def test_the_last_query_of_a_prefill_reads_what_is_written_with_it():
    first = view(1, "attention sinks")
    assert [token.position for token in first.tokens if token.read] == [0, 1, 3, 4, 5, 6, 7, 8, 9, 10]
    assert first.query == 10


def test_the_front_of_the_free_queue_is_marked_as_next():
    start = view(0)
    assert [block.block for block in start.blocks if block.note == "next"] == [start.free[0]]
