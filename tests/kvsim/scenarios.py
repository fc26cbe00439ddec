"""Scenarios for tests, made by hand and as a Hypothesis strategy, and how to run one by halves of its steps."""

from typing import Any

from hypothesis import strategies as st

from kvsim.board import Board
from kvsim.engine import Engine
from kvsim.scenario import Config, InitialPool, RequestSpec, Scenario
from random_scenarios import at_random, with_kv_policy, with_somebody_else


def words(count: int, start: int = 0) -> tuple[str, ...]:
    return tuple(f" w{i}" for i in range(start, start + count))


def config(blocks: int, size: int, budget: int, **settings: Any) -> Config:
    return Config(num_gpu_blocks=blocks, block_size=size, max_num_batched_tokens=budget, max_model_len=2048)._replace(**settings)


def lone(prompt: int, answer: int, *, blocks: int = 12, size: int = 4, budget: int = 64, pool: InitialPool | None = None, **settings: Any) -> Scenario:
    """One request of so many prompt and answer tokens."""
    request = RequestSpec("A", words(prompt), words(answer, prompt))
    return Scenario(config(blocks, size, budget, **settings), (request,), pool)


def several(*sizes: tuple[int, int], blocks: int = 12, size: int = 4, budget: int = 64, **settings: Any) -> Scenario:
    """Requests A, B, ... of (prompt, answer) tokens, all arriving at once, no two of them alike."""
    requests = tuple(RequestSpec("ABCDEFGH"[i], words(prompt, 100 * i), words(answer, 100 * i + prompt)) for i, (prompt, answer) in enumerate(sizes))
    return Scenario(config(blocks, size, budget, **settings), requests)


def asked(*requests: RequestSpec, blocks: int = 12, size: int = 4, budget: int = 64, **settings: Any) -> Scenario:
    """These requests, with these settings."""
    return Scenario(config(blocks, size, budget, **settings), requests)


def numbers(count: int, start: int = 0) -> tuple[int, ...]:
    """Token ids; the same start gives the same prefix."""
    return tuple(range(start, start + count))


seeds = st.integers(0, 2**32)
with_policies = st.builds(lambda seed: with_kv_policy(at_random(seed), seed), seeds)
scenarios = st.builds(
    lambda scenario, seed, shared: with_somebody_else(scenario, seed) if shared else scenario,
    st.one_of(st.builds(at_random, seeds), with_policies),
    seeds,
    st.booleans(),
)


def halves(scenario):
    """Run a scenario; yields the board and the engine after each half of each step."""
    engine, board, done = Engine(scenario), Board(scenario), 0
    while not engine.done and not engine.stuck and engine.step < scenario.config.max_steps:
        engine.schedule()
        board.apply(engine.events[done:])
        done = len(engine.events)
        yield board, engine
        engine.sample()
        engine.finish()
        board.apply(engine.events[done:])
        done = len(engine.events)
        yield board, engine
