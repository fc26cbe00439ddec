from kvdraw.view import view_of
from kvsim.one_prompt import OnePrompt
from kvsim.recording import Recording


def view(position, **asked):
    recording = Recording(OnePrompt(**asked).scenario()).run()
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
    out = view(7, num_gpu_blocks=9)
    assert set(states(out)) == {"stored", "empty"}
    assert out.entries[-1].block is None


def test_each_slot_shows_the_token_whose_position_the_block_table_sends_there():
    late = view(9)
    for block in late.blocks:
        for offset, slot in enumerate(block.slots):
            assert slot.slot == block.block * 4 + offset
            if slot.token:
                assert slot.token.position == block.logical * 4 + offset
                assert late.entries[block.logical].block == block.block


def test_others_blocks_are_stored_and_free_ones_empty():
    start = view(0)
    by_owner = {owner: {slot.state for block in start.blocks if block.owner == owner for slot in block.slots} for owner in ("null", "other", "free")}
    assert by_owner == {"null": {"empty"}, "other": {"stored"}, "free": {"empty"}}


def test_the_front_of_the_free_queue_is_marked_as_next():
    start = view(0)
    assert [block.block for block in start.blocks if block.is_next] == [start.free[0]]
