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


def test_the_pool_hands_out_from_the_front_and_takes_back_to_the_front():
    pool = BlockPool(5, InitialPool((2,), (4, 1, 3)))
    assert [pool.take(), pool.take()] == [4, 1]
    pool.give_back(4)
    assert list(pool.free) == [4, 3]
    pool.check()


def test_a_block_goes_back_to_the_queue_only_when_its_last_holder_leaves():
    pool = BlockPool(4, InitialPool((), (1, 2, 3)))
    block = pool.take()
    pool.ref_counts[block] += 1
    pool.give_back(block)
    assert block not in pool.free
    pool.give_back(block)
    assert block in pool.free


def test_blocks_of_somebody_else_and_the_null_block_are_never_handed_out():
    pool = BlockPool(6, InitialPool((2, 4), (5, 1, 3)))
    assert pool.usable == 3
    assert sorted(pool.take() for _ in range(3)) == [1, 3, 5]
    with pytest.raises(KeyError):
        pool.take()


def test_the_check_notices_a_block_in_two_places():
    pool = BlockPool(4, InitialPool((), (1, 2, 3)))
    pool.ref_counts[2] = 1
    with pytest.raises(AssertionError, match="block 2"):
        pool.check()
