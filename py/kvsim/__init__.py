"""What happens: a KV cache, its blocks, and the scheduler that lends them. Standard library only, no DOM, no drawing.

Read in this order: tokens, scenario, events, blocks, request, kv_cache, scheduler, engine, board, recording, words.
"""

VLLM_VERSION = "0.33.0"
"""The vLLM whose synchronous scheduler the engine follows (one KV cache group)."""
