"""What a full block is known by: the chained hash of its tokens and of all tokens before them.

After vllm/v1/core/kv_cache_utils.py (`hash_block_tokens`), vLLM 0.33.0, where a hash is the SHA-256 of the parent's hash,
the block's tokens and the salt. Here equal contents get the same small number, so there are no collisions, and a
number is easier to look at.
"""

from kvsim.tokens import Token

Hash = int


class BlockHashes:
    """Numbers chains of blocks in the order in which they are first asked for."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[Hash | str | None, tuple[Token, ...]], Hash] = {}

    def first(self, tokens: tuple[Token, ...], salt: str | None) -> Hash:
        """The hash of a request's first block. The salt enters here, and so every block of the chain."""
        return self._numbers.setdefault((salt, tokens), len(self._numbers))

    def next(self, parent: Hash, tokens: tuple[Token, ...]) -> Hash:
        """The hash of the block that follows `parent`."""
        return self._numbers.setdefault((parent, tokens), len(self._numbers))
