import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvsim.blocks import BlockPool, FreeQueue
from kvsim.scenario import InitialPool


@given(st.permutations(range(6)), st.lists(st.tuples(st.sampled_from(["take_front", "take_out", "put_front", "put_back"]), st.integers(0, 5))))
def test_the_free_queue_behaves_like_a_plain_list(start, moves):
    queue, model = FreeQueue(start), list(start)
    for move, block in moves:
        if move == "take_front" and model:
            assert queue.take_front() == model.pop(0)
        elif move == "take_out" and block in model:
            queue.take_out(block)
            model.remove(block)
        elif move == "put_front" and block not in model:
            queue.put_front(block)
            model.insert(0, block)
        elif move == "put_back" and block not in model:
            queue.put_back(block)
            model.append(block)
        assert list(queue) == model
        assert len(queue) == len(model)


def test_two_free_queues_are_equal_only_in_the_same_order():
    assert FreeQueue([1, 2]) == FreeQueue([1, 2])
    assert FreeQueue([1, 2]) != FreeQueue([2, 1])


def test_taking_from_an_empty_queue_is_an_error():
    with pytest.raises(KeyError):
        FreeQueue().take_front()


def test_the_pool_hands_out_from_the_front_and_takes_back_to_the_front_what_can_never_be_found():
    pool = BlockPool(5, InitialPool((2,), (4, 1, 3)))
    assert [pool.take(), pool.take()] == [(4, None), (1, None)]
    assert pool.give_back(4) == "front"
    assert list(pool.free) == [4, 3]
    pool.check()


def test_a_cached_block_goes_to_the_back_and_is_found_until_it_is_taken_again():
    pool = BlockPool(4, InitialPool((), (1, 2, 3)))
    block, _ = pool.take()
    pool.cache(block, 77)
    assert pool.give_back(block) == "back"
    assert list(pool.free) == [2, 3, 1]
    assert pool.find(77) == 1
    assert [pool.take(), pool.take(), pool.take()] == [(2, None), (3, None), (1, 77)]
    assert pool.find(77) is None
    pool.check()


def test_of_two_blocks_with_one_hash_the_one_cached_first_is_found_and_losing_it_leaves_the_other():
    pool = BlockPool(4, InitialPool((), (3, 1, 2)))
    for _ in range(2):
        pool.cache(pool.take()[0], 5)
    assert (pool.find(5), pool.num_distinct_hashes) == (3, 1)
    pool.give_back(3)
    assert [pool.take(), pool.take()] == [(2, None), (3, 5)]
    assert (pool.find(5), pool.num_distinct_hashes) == (1, 1)
    pool.check()


def test_touching_takes_a_free_block_out_of_the_middle_and_counts_holders():
    pool = BlockPool(5, InitialPool((), (1, 2, 3, 4)))
    pool.touch(3)
    pool.touch(3)
    assert (list(pool.free), pool.ref_counts[3]) == ([1, 2, 4], 2)
    assert [pool.give_back(3), pool.give_back(3)] == [None, "front"]


def test_a_reset_forgets_all_hashes_and_keeps_the_queue_or_is_refused_while_a_block_is_held():
    pool = BlockPool(4, InitialPool((), (1, 2, 3)))
    pool.cache(pool.take()[0], 9)
    assert pool.reset_cache() is False
    assert pool.find(9) == 1
    pool.give_back(1)
    assert pool.reset_cache() is True
    assert (pool.find(9), list(pool.free), pool.num_distinct_hashes) == (None, [2, 3, 1], 0)
    pool.check()


def test_blocks_of_somebody_else_and_the_null_block_are_never_handed_out():
    pool = BlockPool(6, InitialPool((2, 4), (5, 1, 3)))
    assert pool.usable == 3
    assert sorted(pool.take()[0] for _ in range(3)) == [1, 3, 5]
    with pytest.raises(KeyError):
        pool.take()


def test_the_check_notices_a_block_in_two_places():
    pool = BlockPool(4, InitialPool((), (1, 2, 3)))
    pool.ref_counts[2] = 1
    with pytest.raises(AssertionError, match="block 2"):
        pool.check()
