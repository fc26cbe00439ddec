"""What is asked for: a server's settings, the requests that reach it, and who holds blocks from the start.

A scenario is all that a run depends on: the same scenario gives the same events, always. `scenario_json` reads and
writes it. NamedTuples, because a frozen dataclass costs a browser's start more than twice as much.
"""

from typing import Literal, NamedTuple

from kvsim.tokens import Token


class ScenarioError(ValueError):
    """What is asked for cannot be had; `field` says where, `problem` what was expected and what came."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}" if field else problem)
        self.field = field
        self.problem = problem


class Range(NamedTuple):
    """The whole numbers from `low` to `high`, both included."""

    low: int
    high: int


LIMITS: dict[str, Range] = {
    "num_gpu_blocks": Range(2, 1_000_000),
    "block_size": Range(1, 4_096),
    "max_num_seqs": Range(1, 10_000),
    "max_num_batched_tokens": Range(1, 1_000_000),
    "max_model_len": Range(2, 2_000_000),
    "long_prefill_token_threshold": Range(0, 1_000_000),
    "prefill_schedule_interval": Range(1, 10_000),
    "max_num_active_seqs": Range(1, 10_000),
    "max_num_scheduled_tokens": Range(1, 1_000_000),
    "sliding_window": Range(1, 2_000_000),
    "knob": Range(1, 2_000_000),
    "prefix_cache_retention_interval": Range(0, 2_000_000),
    "num_speculative": Range(1, 64),
    "max_steps": Range(1, 100_000),
    "requests": Range(1, 10_000),
    "prompt": Range(1, 1_000_000),
    "answer": Range(1, 1_000_000),
    "token": Range(0, 2**31 - 1),
    "priority": Range(-1_000_000, 1_000_000),
    "step": Range(0, 1_000_000),
    "list": Range(0, 10_000),
    "text": Range(0, 10_000),
}
"""How large anything may be: numbers as they are, `prompt` and `answer` in tokens, `requests` and any other `list` as a
count, `step` for whatever happens at a step, `knob` for a KV policy's knobs in tokens, `text` (a name, a salt) in characters."""

SchedulingPolicy = Literal["fcfs", "priority"]
AbortPhase = Literal["before", "during"]


class KVPolicyChoice(NamedTuple):
    """A KV policy by its name in kvsim.policies, and its knobs in tokens, in that policy's order."""

    name: str
    knobs: tuple[int, ...] = ()


class Config(NamedTuple):
    """The server's settings under vLLM's names; see vllm/config/scheduler.py and cache.py, vLLM 0.33.0.

    The defaults are those of our recorded runs, small enough to look at, not vLLM's own.
    """

    num_gpu_blocks: int = 32  # the null block included
    block_size: int = 4
    max_num_seqs: int = 8
    max_num_batched_tokens: int = 64
    max_model_len: int = 256
    enable_prefix_caching: bool = True
    enable_chunked_prefill: bool = True
    long_prefill_token_threshold: int = 0  # 0: no threshold
    long_prefill_token_threshold_adaptive: bool = False
    policy: SchedulingPolicy = "fcfs"
    watermark: float = 0.0  # a fraction of all blocks
    scheduler_reserve_full_isl: bool = True  # the full-sequence gate
    prefill_schedule_interval: int = 1
    max_num_active_seqs: int | None = None  # None: as max_num_seqs
    max_num_scheduled_tokens: int | None = None  # None: as max_num_batched_tokens
    sliding_window: int | None = None  # in tokens; None: full attention
    prefix_cache_retention_interval: int | None = 0  # for sliding windows; None: every block is cached
    kv_policy: KVPolicyChoice | None = None  # ours, not vLLM's; None: full attention, or sliding_window
    num_speculative: int | None = None  # n-gram drafts a step; None: no speculative decoding
    max_steps: int = 2000


class RequestSpec(NamedTuple):
    """One request: its prompt, what the model will answer (never empty), when it arrives, and what may end it early."""

    id: str
    prompt: tuple[Token, ...]
    answer: tuple[Token, ...]
    arrival_step: int = 0
    max_tokens: int | None = None  # None: the whole answer
    priority: int = 0  # the lower, the sooner
    cache_salt: str | None = None
    stop_token_ids: tuple[Token, ...] = ()
    abort_step: int | None = None
    abort_phase: AbortPhase = "before"
    draft_accept: tuple[int, ...] = ()  # how many drafts are right, in turn; empty: all

    @property
    def most_tokens(self) -> int:
        """How many tokens the model may say."""
        return len(self.answer) if self.max_tokens is None else self.max_tokens

    def token(self, position: int) -> Token:
        """The token at a position of prompt and answer together."""
        of_prompt = len(self.prompt)
        return self.prompt[position] if position < of_prompt else self.answer[position - of_prompt]


class InitialPool(NamedTuple):
    """Who has the blocks before the first step: `held` by somebody who never runs; `free` in queue order, front first."""

    held: tuple[int, ...]
    free: tuple[int, ...]


class Scenario(NamedTuple):
    """Everything a run depends on. Without `pool`, all blocks but the null block are free, in order of their ids."""

    config: Config
    requests: tuple[RequestSpec, ...]
    pool: InitialPool | None = None
    reset_prefix_cache_steps: tuple[int, ...] = ()
    name: str = ""
    why: str = ""

    def initial_pool(self) -> InitialPool:
        return self.pool or InitialPool((), tuple(range(1, self.config.num_gpu_blocks)))
