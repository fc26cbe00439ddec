"""How many bytes of KV one token takes in real models, computed from the shape that each model's config.json gives."""

from typing import NamedTuple


class ModelShape(NamedTuple):
    """What decides the size of a model's KV: num_hidden_layers, num_key_value_heads, head_dim, and bytes a number (bf16: 2)."""

    layers: int
    kv_heads: int
    head_dim: int
    bytes_per_number: int = 2

    @property
    def kv_bytes_per_token(self) -> int:
        """A key and a value for each KV head in each layer."""
        return 2 * self.layers * self.kv_heads * self.head_dim * self.bytes_per_number


MODEL_SHAPES: dict[str, ModelShape] = {
    "GPT-2": ModelShape(12, 12, 64),
    "Llama 2 7B": ModelShape(32, 32, 128),
    "Llama 3.1 8B": ModelShape(32, 8, 128),
    "Llama 3.1 70B": ModelShape(80, 8, 128),
    "Mistral 7B v0.1": ModelShape(32, 8, 128),
    "Qwen2.5 7B": ModelShape(28, 4, 128),
    "Gemma 2 9B": ModelShape(42, 8, 256),
}


def in_bytes(number: int) -> str:
    """A number of bytes in the unit that suits it: `1.5 MiB`."""
    amount, units = float(number), ["B", "KiB", "MiB", "GiB", "TiB"]
    while amount >= 1024 and len(units) > 1:
        amount /= 1024
        del units[0]
    return f"{amount:,.1f}".removesuffix(".0") + f" {units[0]}"
