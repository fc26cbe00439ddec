"""A request while the server knows it: how many tokens it has, how many of them have KV, and where that KV lies.

After vllm/v1/request.py, vLLM 0.33.0.
"""

from typing import Literal

from kvsim.scenario import RequestSpec

Status = Literal["waiting", "running", "preempted", "finished"]


class Request:
    """One request's state. `table[i]` is the physical block of positions i x block_size and on: its block table."""

    __slots__ = ("computed", "id", "spec", "status", "table", "tokens", "waits_for")

    def __init__(self, spec: RequestSpec) -> None:
        self.spec = spec
        self.id = spec.id
        self.status: Status = "waiting"
        self.tokens = len(spec.prompt)  # known tokens: the prompt, and what was generated so far
        self.computed = 0  # how many of them have KV, or get it in the step under way
        self.table: list[int] = []
        self.waits_for: tuple[int, int] | None = None  # (blocks needed, blocks free) as last said by a Waits event

    @property
    def generated(self) -> int:
        """How many tokens of the answer the model has said."""
        return self.tokens - len(self.spec.prompt)

    @property
    def is_finished(self) -> bool:
        return self.generated >= len(self.spec.answer)
