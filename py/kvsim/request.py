"""A request while the server knows it: its tokens, how many of them have KV, and where that KV lies.

After vllm/v1/request.py, vLLM 0.33.0.
"""

from typing import Literal

from kvsim.events import FinishReason, Waits
from kvsim.hashes import Hash
from kvsim.scenario import RequestSpec
from kvsim.tokens import Token

Status = Literal["waiting", "running", "preempted", "finished"]


class Request:
    """One request's state. `table[i]` is the physical block of positions i x block_size and on: its block table."""

    __slots__ = (
        "arrival", "block_hashes", "computed", "drafts", "finish_reason", "has_yielded", "id", "is_prefill_chunk", "longest", "num_cached_blocks",
        "num_preemptions", "scheduled", "scheduled_drafts", "spec", "status", "table", "token_ids", "waits",
    )  # fmt: skip

    def __init__(self, spec: RequestSpec, arrival: int, max_model_len: int) -> None:
        self.spec = spec
        self.id = spec.id
        self.arrival = arrival  # how many arrived before it
        self.longest = min(len(spec.prompt) + spec.most_tokens, max_model_len)  # tokens at which it ends
        self.status: Status = "waiting"
        self.finish_reason: FinishReason | None = None
        self.token_ids: list[Token] = list(spec.prompt)  # known tokens: the prompt, and what was generated so far
        self.computed = 0  # how many of them have KV, or get it in the step under way
        self.scheduled = 0  # how many tokens the latest step that scheduled it computes
        self.is_prefill_chunk = False  # that step does not reach the newest known token, so nothing is sampled
        self.drafts: tuple[Token, ...] = ()  # guesses at the next tokens, to be verified
        self.scheduled_drafts: tuple[Token, ...] = ()
        self.table: list[int] = []
        self.block_hashes: list[Hash] = []  # of its first full blocks, as far as they were asked for
        self.num_cached_blocks: int | None = None  # how many leading blocks are cached; None: none was ever
        self.has_yielded = False  # it gave up KV for want of blocks: what it computes after that is not cached
        self.num_preemptions = 0
        self.waits: Waits | None = None  # why it is not scheduled, as it was last said

    @property
    def generated(self) -> int:
        """How many tokens of the answer the model has said."""
        return len(self.token_ids) - len(self.spec.prompt)
