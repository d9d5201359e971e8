"""Compares Assay with transformers on tiny random checkpoints of every family.

    .venv/bin/python scripts/parity.py [--assay .build/release/assay] [--keep DIR]

For each case: the largest difference of fp32 logits, and greedy continuations token by token; with
a tokenizer, the generated text too. Exits 1 if a logit differs by more than 1e-4 or a token at all.

In bfloat16 two programs round at other places, and neither is the reference: the last columns give how far
each side's logits lie from those that float32 gives with the same weights, rounded to bfloat16 (root mean
square), and at how many of the positions its likeliest token is the one of float32.
"""

import argparse
import importlib.util
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers.utils import logging

logging.disable_progress_bar()
TOLERANCE = 1e-4
NEW_TOKENS = 24
POSITIONS = 48
PROMPT = "The river runs past the old mill, and"
TEXT = [
    "The river runs past the old mill and under the bridge of stone.",
    "An old miller keeps the bridge, the mill and seven geese.",
    "Who runs past the mill, and why? Nobody under the bridge can tell.",
]

BASE = dict(
    hidden_size=64, intermediate_size=172, num_hidden_layers=3,
    num_attention_heads=8, num_key_value_heads=8, max_position_embeddings=256,
    tie_word_embeddings=False, initializer_range=0.15, rms_norm_eps=1e-5,
    bos_token_id=None, eos_token_id=None)
CASES = {
    "gqa": dict(num_key_value_heads=2),
    "mqa": dict(num_key_value_heads=1),
    "mha": dict(),
    "tied": dict(tie_word_embeddings=True),
    "untied": dict(tie_word_embeddings=False, num_key_value_heads=4),
    "rope default": dict(rope_parameters={"rope_type": "default", "rope_theta": 500000.0}),
    "wide heads": dict(head_dim=32, num_attention_heads=4, num_key_value_heads=2),
    "eps 1e-6, biased": dict(rms_norm_eps=1e-6, attention_bias=True, mlp_bias=True),
}


def family_cases():
    """The cases of the test fixtures, with room for longer texts."""
    path = Path(__file__).parent / "make-family-fixtures.py"
    spec = importlib.util.spec_from_file_location("fixtures", path)
    fixtures = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fixtures)
    for name, (family, options) in fixtures.CASES.items():
        room = "n_positions" if "n_positions" in options else "max_position_embeddings"
        yield name, family, dict(options, **{room: 256, "initializer_range": 0.2})


def all_cases():
    """(name, family, settings without a vocabulary) of every case."""
    for name, options in CASES.items():
        yield f"llama, {name}", "Llama", {**BASE, **options}
    yield from family_cases()


def make_tokenizer(directory):
    """A byte-level BPE tokenizer that both sides read."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<|endoftext|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(TEXT, trainer)
    tokenizer.save(str(directory / "tokenizer.json"))
    return tokenizer


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"parity: error: {' '.join(map(str, command))}\n{done.stderr[-2000:]}")
    return done.stdout


def rounded(model, directory, ids, assay):
    """((error, same tokens) of Assay, (…) of transformers) in bfloat16; changes the model's weights."""
    out = directory / "rounded.out.safetensors"
    tokens = ",".join(map(str, ids[0].tolist()))
    run([assay, "model", "logits", "--model", directory, "--tokens", tokens, "--out", out, "--dtype", "bfloat16"])
    with torch.no_grad():
        theirs = model.to(torch.bfloat16)(ids).logits.float()
        reference = model.to(torch.float32)(ids).logits
    best = reference.argmax(-1)
    return [
        ((side - reference).pow(2).mean().sqrt().item(), (side.argmax(-1) == best).sum().item())
        for side in (load_file(out)["logits"], theirs)]


def check(name, family, options, directory, assay):
    """Makes the checkpoint, runs both sides.

    Returns (largest difference, same tokens, same text, both sides in bfloat16).
    """
    torch.manual_seed(sum(map(ord, name)))
    tokenizer = make_tokenizer(directory)
    vocabulary = tokenizer.get_vocab_size()
    config = getattr(transformers, f"{family}Config")(**dict(options, vocab_size=vocabulary))
    # Capped scores (Gemma 2) exist in eager attention only.
    model = transformers.AutoModelForCausalLM.from_config(
        config, attn_implementation="eager", dtype=torch.float32).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            # norms and biases of a fresh model are ones and zeros, which hide mistakes
            if parameter.dim() == 1:
                parameter.add_(0.1 * torch.randn_like(parameter))
    model.save_pretrained(directory)

    ids = torch.randint(0, vocabulary, (1, POSITIONS))
    out = directory / "logits.out.safetensors"
    tokens = ",".join(map(str, ids[0].tolist()))
    run([assay, "model", "logits", "--model", directory, "--tokens", tokens, "--out", out])
    ours = load_file(out)["logits"]
    with torch.no_grad():
        theirs = model(ids).logits
    if ours.shape != theirs.shape or ours.dtype != torch.float32:
        sys.exit(f"parity: error: {name}: got {ours.dtype} {tuple(ours.shape)}")
    difference = (ours - theirs).abs().max().item()

    prompt = torch.tensor([tokenizer.encode(PROMPT).ids])
    expected = model.generate(
        prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=NEW_TOKENS,
        do_sample=False, eos_token_id=None, pad_token_id=0)[0, prompt.shape[1]:].tolist()
    answer = run([
        assay, "model", "generate", "--model", directory, "--prompt", PROMPT,
        "--max-new-tokens", str(NEW_TOKENS), "--greedy", "--json"])
    got = json.loads(answer.strip().splitlines()[-1])
    # both decode bytes that are no UTF-8 to U+FFFD
    text = tokenizer.decode(expected, skip_special_tokens=False)
    return difference, got["tokens"] == expected, got["text"] == text, rounded(model, directory, ids, assay)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assay", default=".build/release/assay")
    parser.add_argument("--keep", help="leave the checkpoints in this folder")
    options = parser.parse_args()
    assay = Path(options.assay).resolve()
    if not assay.exists():
        sys.exit(f"parity: error: no program at {assay}; run `make build`, or give --assay")

    failed = 0
    cases = list(all_cases())
    print(f"{'case':<24}  max |Δlogit|  greedy tokens  text   bf16 error: ours, theirs  best token: ours, theirs")
    errors, kept, positions = [[], []], [0, 0], 0
    with tempfile.TemporaryDirectory() as scratch:
        for name, family, changes in cases:
            directory = Path(options.keep or scratch) / name.replace(" ", "-").replace(",", "")
            directory.mkdir(parents=True, exist_ok=True)
            difference, same_tokens, same_text, sides = check(name, family, changes, directory, assay)
            positions += POSITIONS
            for side in range(2):
                errors[side].append(sides[side][0])
                kept[side] += sides[side][1]
            ok = difference <= TOLERANCE and same_tokens and same_text
            failed += not ok
            words = ["differ", "equal"]
            print(
                f"{name:<24}  {difference:12.2e}  {words[same_tokens]:<13}  {words[same_text]}"
                f"  {sides[0][0]:16.4f}  {sides[1][0]:6.4f}  {sides[0][1]:16}  {sides[1][1]:6}"
                + ("" if ok else "  FAILED"))
    nearer = sum(ours < theirs for ours, theirs in zip(*errors))
    ratio = statistics.geometric_mean(ours / theirs for ours, theirs in zip(*errors))
    print(
        f"bfloat16: nearer to float32 than transformers in {nearer} of {len(cases)} cases, error {ratio:.2f} times "
        f"theirs (geometric mean); the likeliest token of float32 at {kept[0]} and {kept[1]} of {positions} positions")
    print(f"parity: {len(cases) - failed} of {len(cases)} cases within {TOLERANCE:g}")
    return 1 if failed else 0


sys.exit(main())
