"""Full attention: every query reads all that came before it, so all of it stays stored. The baseline, and what most models do.

After FullAttentionManager, vLLM 0.33.0.
"""

from kvsim.policies.policy import KVPolicy


class FullAttention(KVPolicy):
    """Reads everything, keeps everything: memory grows with every token."""

    name = "full attention"
