"""KV policies: what a query reads of a request's KV, and what of it stays stored. One file each, and a place in this list.

Storage is not attention: recent-N reads little and keeps everything, a window keeps only what it reads.
"""

from kvsim.policies.attention_sinks import AttentionSinks
from kvsim.policies.full_attention import FullAttention
from kvsim.policies.pinned_prefix import PinnedPrefix
from kvsim.policies.policy import Knob, KVPolicy
from kvsim.policies.recent_n import RecentN
from kvsim.policies.sliding_window import SlidingWindow
from kvsim.scenario import Config, KVPolicyChoice

POLICIES: dict[str, type[KVPolicy]] = {policy.name: policy for policy in (FullAttention, RecentN, SlidingWindow, PinnedPrefix, AttentionSinks)}
"""By name, in the order in which they are shown."""

__all__ = ["POLICIES", "KVPolicy", "Knob", "policy_of"]


def policy_of(config: Config) -> KVPolicy:
    """The policy that a server's settings ask for: `kv_policy`, or what vLLM makes of `sliding_window`."""
    choice = config.kv_policy
    if choice is None:
        window = config.sliding_window
        choice = KVPolicyChoice(FullAttention.name) if window is None else KVPolicyChoice(SlidingWindow.name, (window,))
    return POLICIES[choice.name](config, *choice.knobs)
