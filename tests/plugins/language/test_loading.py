"""Models from GGUF files: converted once, and kept."""

from pathlib import Path

import numpy as np
import pytest
import torch

from genaug_plugins.language import loading
from genaug_plugins.language.loading import cache_folder, load_causal

gguf = pytest.importorskip("gguf")

WORDS = ["<unk>", "<s>", "</s>", *(chr(code) for code in range(33, 127)), "Ġ", "Ċ", "th", "the"]
WIDTH, HEADS, LAYERS, INNER = 32, 2, 2, 32


def write_llama(path: Path) -> None:
    """Write a tiny Llama with random weights as a GGUF file."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_block_count(LAYERS)
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_rope_freq_base(10000.0)
    writer.add_vocab_size(len(WORDS))
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(WORDS)
    writer.add_token_types([3, 3, 3] + [1] * (len(WORDS) - 3))
    writer.add_token_merges(["t h", "th e"])
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    rng = np.random.default_rng(0)
    shapes = {"token_embd": (len(WORDS), WIDTH), "output_norm": (WIDTH,), "output": (len(WORDS), WIDTH)}
    for layer in range(LAYERS):
        shapes |= {
            f"blk.{layer}.{name}": shape
            for name, shape in (
                ("attn_norm", (WIDTH,)),
                ("attn_q", (WIDTH, WIDTH)),
                ("attn_k", (WIDTH, WIDTH)),
                ("attn_v", (WIDTH, WIDTH)),
                ("attn_output", (WIDTH, WIDTH)),
                ("ffn_norm", (WIDTH,)),
                ("ffn_gate", (INNER, WIDTH)),
                ("ffn_up", (INNER, WIDTH)),
                ("ffn_down", (WIDTH, INNER)),
            )
        }
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", rng.normal(0, 0.3, shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def test_a_gguf_file_is_converted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoModelForCausalLM

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "tiny.gguf"
    write_llama(file)
    told: list[int] = []
    model = load_causal(str(file), "cpu", "test", told.append)
    assert told == [0, 1]
    (kept,) = (path for path in cache_folder().iterdir() if path.is_dir())
    assert {path.suffix for path in kept.iterdir()} <= {".json", ".safetensors", ".jinja"}
    again = load_causal(str(file), "cpu", "test", told.append)
    assert told == [0, 1], "it was converted again"
    ids = torch.tensor([[1, 40, 50, 60]])
    logits = model.network(input_ids=ids).logits
    assert torch.equal(again.network(input_ids=ids).logits, logits)
    direct = AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file=file.name, dtype=torch.float32)
    torch.testing.assert_close(direct.eval()(input_ids=ids).logits, logits)
    assert (
        model.tokenizer.decode(model.tokenizer("the cat")["input_ids"], skip_special_tokens=True) == "the cat"
    )
    assert loading.model_files(str(file)) == (file,)
