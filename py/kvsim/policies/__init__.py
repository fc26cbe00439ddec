"""KV policies: which of a request's KV stays stored, and what of it can be found again. One file each.

What a query reads of it is another question: storage is not attention.
"""

from kvsim.policies.full_attention import FullAttention
from kvsim.policies.policy import KVPolicy
from kvsim.policies.sliding_window import SlidingWindow
from kvsim.scenario import Config


def policy_of(config: Config) -> KVPolicy:
    """The policy that a server's settings ask for."""
    if config.sliding_window is None:
        return FullAttention(config.block_size)
    most_tokens = min(config.sliding_window - 1 + config.max_num_batched_tokens, config.max_model_len)
    return SlidingWindow(config.sliding_window, config.block_size, config.prefix_cache_retention_interval, most_tokens)
