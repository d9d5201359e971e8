"""Compares every family with transformers and tokenizers, and prints the result as a table.

    .venv/bin/python scripts/families.py [--assay .build/release/assay] [--json FILE] [--out FILE]

Each family is tried in several shapes, with random weights: those of scripts/make-family-fixtures.py,
with the unembedding tied and not, with a key/value head for each head and one for all, and with heads of
another width. Nothing is taken from committed results. Exits 1 if anything is beyond its limit.
"""

import argparse
import copy
import datetime
import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import load_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers.utils import chat_template_utils

SCRIPTS = Path(__file__).parent
LIMITS = dict(logits=1e-4, hidden=1e-4, gradients=1e-3, embeddings=1e-4)
TEXT = [
    "The river runs past the old mill and under the bridge of stone.",
    "An old miller keeps the bridge, the mill and seven geese.",
    "Who runs past the mill, and why? Nobody under the bridge can tell.",
]
PROMPT = "The river runs past the old mill, and"
NEW_TOKENS = 24

# model_type: (kinds of tokenizer_kinds.py, templates of Tests/AssayTextTests/Fixtures/templates)
KINDS = {
    "gpt2": (["gpt2"], []),
    "gpt_neox": (["gpt-neox"], []),
    "gptj": (["gpt2"], []),
    "llama": (["llama2", "llama3"], ["instruct", "headers"]),
    "mistral": (["mistral"], ["instruct", "bracketed-tools"]),
    "qwen2": (["qwen2"], ["im"]),
    "qwen3": (["qwen2"], ["im-thinking"]),
    "gemma": (["gemma"], ["turns"]),
    "gemma2": (["gemma"], ["turns"]),
    "gemma3_text": (["gemma"], ["turns"]),
    "phi3": (["phi3"], ["piped"]),
    "olmo2": (["llama3"], ["zeph"]),
    "bert": (["bert-uncased", "minilm"], []),
    "roberta": (["roberta"], []),
    "xlm-roberta": (["xlm-roberta"], []),
    "distilbert": (["bert-cased"], []),
}


def load(name):
    """A script of this folder as a module."""
    sys.path.insert(0, str(SCRIPTS))
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shapes(options):
    """(what differs, settings) of a family's settings."""
    yield "", options
    tied = options.get("tie_word_embeddings", False)
    yield "untied" if tied else "tied", dict(options, tie_word_embeddings=not tied)
    if "num_key_value_heads" in options:
        heads = options["num_attention_heads"]
        yield "MHA", dict(options, num_key_value_heads=heads)
        if options["num_key_value_heads"] != 1:
            yield "MQA", dict(options, num_key_value_heads=1)
    if "n_embd" in options:
        yield "heads of 12", dict(options, n_embd=72, n_head=6)
    else:
        wide = dict(options, hidden_size=72, num_attention_heads=6)
        if "num_key_value_heads" in options:
            wide["num_key_value_heads"] = 3
        if "head_dim" in options:
            wide["head_dim"] = 14
        yield "other heads", wide


def decoder_cases():
    """(family, name, settings) of every shape."""
    for name, (family, options) in load("make-family-fixtures").CASES.items():
        room = "n_positions" if "n_positions" in options else "max_position_embeddings"
        for what, changed in shapes(dict(options, **{room: 128, "initializer_range": 0.2})):
            yield family, f"{name}{', ' if what else ''}{what}", changed


def run(*command, given=None):
    done = subprocess.run([str(c) for c in command], input=given, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"families: error: {' '.join(map(str, command))}\n{done.stderr.decode()[-2000:]}")
    return done.stdout


def small_tokenizer(directory):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=["<|endoftext|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(TEXT, trainer)
    tokenizer.save(str(directory / "tokenizer.json"))
    return tokenizer


def shaken(model):
    """Norms and biases of a fresh model are ones and zeros, which hide mistakes."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return model.eval()


def gradient_difference(model, ids, found):
    """The largest |difference| of a whole tensor's gradient over its norm.

    A tensor whose gradient is below 1e-5 of the whole (that of keys' biases is zero but for rounding) is
    measured against that.
    """
    model.zero_grad()
    logits = model(ids[:, :-1], use_cache=False).logits
    torch.nn.functional.cross_entropy(logits[0], ids[0, 1:]).backward()
    expected = {}
    for name, value in model.named_parameters():
        if isinstance(model, transformers.GPTNeoXForCausalLM):
            name = name.replace("lm_head.", "embed_out.")  # as the checkpoint calls it
        expected[name] = value.grad
    if expected.keys() != found.keys():
        sys.exit(f"families: error: gradients of other tensors: {sorted(expected.keys() ^ found.keys())}")
    whole = torch.sqrt(sum(g.square().sum() for g in expected.values()))
    return max(
        ((found[name] - g).norm() / torch.clamp(g.norm(), min=1e-5 * whole)).item()
        for name, g in expected.items())


def decoder(assay, family, name, options, directory):
    """One shape's results."""
    torch.manual_seed(sum(map(ord, name)))
    directory.mkdir()
    tokenizer = small_tokenizer(directory)
    vocabulary = tokenizer.get_vocab_size()
    config = getattr(transformers, f"{family}Config")(**dict(options, vocab_size=vocabulary))
    # Capped scores (Gemma 2) exist in eager attention only.
    eager = dict(attn_implementation="eager", dtype=torch.float32)
    model = shaken(transformers.AutoModelForCausalLM.from_config(config, **eager))
    model.save_pretrained(directory)
    (directory / "generation_config.json").unlink(missing_ok=True)

    ids = torch.randint(0, vocabulary, (1, 40))
    tokens = ",".join(map(str, ids[0].tolist()))
    out = directory / "out.safetensors"
    gradients = directory / "gradients.safetensors"
    with torch.no_grad():
        theirs = model(ids, output_hidden_states=True, use_cache=False)
    run(assay, "model", "logits", "--model", directory, "--tokens", tokens, "--out", out, "--hidden")
    ours = load_file(out)
    run(assay, "model", "gradients", "--model", directory, "--tokens", tokens, "--out", gradients)
    # Frequencies that follow the length remember the longest text; a fresh copy does not.
    fresh = transformers.AutoModelForCausalLM.from_pretrained(directory, **eager).eval()
    prompt = torch.tensor([tokenizer.encode(PROMPT).ids])
    expected = copy.deepcopy(fresh).generate(
        prompt, attention_mask=torch.ones_like(prompt), max_new_tokens=NEW_TOKENS, do_sample=False,
        eos_token_id=None, pad_token_id=0)[0, prompt.shape[1]:].tolist()
    answer = json.loads(run(
        assay, "model", "generate", "--model", directory, "--prompt", PROMPT, "--max-new-tokens",
        NEW_TOKENS, "--greedy", "--json").splitlines()[-1])

    copied = directory / "copy"
    run(assay, "model", "copy", "--model", directory, "--out", copied)
    again = transformers.AutoModelForCausalLM.from_pretrained(copied, **eager).eval()
    with torch.no_grad():
        same = torch.equal(again(ids, use_cache=False).logits, theirs.logits)
    return dict(
        family=config.model_type, shape=name,
        logits=(ours["logits"] - theirs.logits).abs().max().item(),
        layers=len(theirs.hidden_states),
        hidden=max((ours[f"hidden.{i}"] - h).abs().max().item() for i, h in enumerate(theirs.hidden_states)),
        gradients=gradient_difference(fresh, ids, load_file(gradients)),
        generated=NEW_TOKENS if answer["tokens"] == expected else 0, round_trip=same)


def encoder(assay, name, directory, fixtures):
    """One encoder's results: its fixture's settings with fresh weights."""
    family, options, pooling = fixtures.CASES[name]
    fixtures.FIXTURES = directory
    directory.mkdir()
    fixtures.make(name, family, options, pooling)
    folder = directory / name
    expected = load_file(folder / "expected.safetensors")
    model = transformers.AutoModel.from_pretrained(folder).eval()
    row = expected["tokens"][0][expected["mask"][0].bool()][None]
    with torch.no_grad():
        states = model(row, output_hidden_states=True).hidden_states
    out = folder / "out.safetensors"
    run(assay, "model", "logits", "--model", folder, "--tokens", ",".join(map(str, row[0].tolist())),
        "--out", out, "--hidden")
    ours = load_file(out)
    texts = directory / "texts.txt"
    # A line of a file cannot be empty.
    kept = [i for i, text in enumerate(fixtures.TEXTS) if text]
    texts.write_text("\n".join(fixtures.TEXTS[i] for i in kept) + "\n", encoding="utf-8")
    lines = run(assay, "model", "embed", "--model", folder, "--file", texts, "--json").splitlines()
    vectors = torch.tensor([json.loads(line)["vector"] for line in lines])
    copied = directory / "copy"
    run(assay, "model", "copy", "--model", folder, "--out", copied)
    again = transformers.AutoModel.from_pretrained(copied).eval()
    with torch.no_grad():
        same = torch.equal(again(row).last_hidden_state, model(row).last_hidden_state)
    return dict(
        family=model.config.model_type, shape=name, layers=len(states),
        hidden=max((ours[f"hidden.{i}"] - h).abs().max().item() for i, h in enumerate(states)),
        embeddings=(vectors - expected["embeddings"][kept]).abs().max().item(), round_trip=same)


def tokenizers(assay, count, scratch):
    """kind: strings on which both sides agree, out of `count`."""
    compare = load("compare-tokenizers")
    wanted = {kind for kinds, _ in KINDS.values() for kind in kinds}
    documents = compare.kinds([compare.long_text(4_000, seed) for seed in range(40)])
    texts = compare.strings(count, seed=11)
    agreed = {}
    for kind in sorted(wanted):
        path = scratch / "tokenizer.json"
        path.write_text(documents[kind])
        tokenizer = Tokenizer.from_str(documents[kind])
        expected = [e.ids for e in tokenizer.encode_batch(texts)]
        decoded = tokenizer.decode_batch(expected, skip_special_tokens=False)
        found, _ = compare.assay(str(assay), "encode", path, texts)
        back, _ = compare.assay(str(assay), "decode", path, expected)
        agreed[kind] = sum(a == b and c == d for a, b, c, d in zip(expected, found, decoded, back))
    return agreed


def templates(assay, model, scratch):
    """template: (chats on which both sides agree, chats)."""
    fixtures = load("make-template-fixtures")
    chat_template_utils.datetime = datetime.datetime  # its clock stands still
    agreed = {}
    for name in sorted({name for _, names in KINDS.values() for name in names}):
        source = (SCRIPTS.parent / fixtures.FIXTURES / "templates" / f"{name}.jinja").read_text(encoding="utf-8")
        folder = scratch / f"chat-{name}"
        run("cp", "-r", model, folder)
        (folder / "chat_template.jinja").write_text(source, encoding="utf-8")
        (folder / "tokenizer_config.json").write_text('{"bos_token": "<s>", "eos_token": "</s>"}')
        given, expected = [], []
        for messages in fixtures.CHATS.values():
            for tools in (None, fixtures.TOOLS):
                for prompt in (False, True):
                    options = fixtures.OPTIONS[len(given) % len(fixtures.OPTIONS)]
                    messages = fixtures.without_nulls(messages)
                    try:
                        rendered, _ = chat_template_utils.render_jinja_template(
                            [messages], tools=tools, chat_template=source, add_generation_prompt=prompt,
                            bos_token="<s>", eos_token="</s>", **options)
                        expected.append(rendered[0])
                    except Exception:  # both sides refuse, or neither
                        expected.append(None)
                    chat = dict(messages=messages, add_generation_prompt=prompt, **options)
                    if tools:
                        chat["tools"] = tools
                    given.append(json.dumps(chat, ensure_ascii=False))
        lines = run(
            assay, "tokenizer", "chat", "--model", folder, given="\n".join(given).encode()).splitlines()
        found = [json.loads(line).get("text") for line in lines]
        agreed[name] = (sum(a == b for a, b in zip(expected, found)), len(expected))
    return agreed


def table(head, rows):
    """A Markdown table with its columns aligned."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in [head, *rows]]
    lines.insert(1, " | ".join("-" * width for width in widths))
    return "\n".join(f"| {line} |" for line in lines)


def mark(agreed, count):
    return f"✓ {count:,}" if agreed == count else f"✗ {agreed:,} of {count:,}"


def text_cells(family, results):
    """Cells for the tokenizer and the chat template of a family."""
    kinds, names = KINDS[family]
    agreed = sum(results["tokenizers"][kind] for kind in kinds)
    cells = [f"{mark(agreed, results['strings'] * len(kinds))} ({', '.join(kinds)})"]
    chats = [results["templates"][name] for name in names]
    cells.append(
        f"{mark(sum(a for a, _ in chats), sum(n for _, n in chats))} ({', '.join(names)})" if names else "–")
    return cells


def report(results):
    """The tables in Markdown."""
    by_family = {}
    for row in results["decoders"] + results["encoders"]:
        by_family.setdefault(row["family"], []).append(row)

    def worst(rows, key):
        return f"{max(row[key] for row in rows):.1e}"

    decoders_rows, encoders_rows = [], []
    for family, rows in by_family.items():
        tokenizer, chat = text_cells(family, results)
        trips = mark(sum(row["round_trip"] for row in rows), len(rows))
        states = sum(row["layers"] for row in rows)
        hidden = f"{worst(rows, 'hidden')} ({states} states)"
        if "logits" in rows[0]:
            generated = mark(
                sum(row["generated"] for row in rows), NEW_TOKENS * len(rows)) + " tokens"
            decoders_rows.append([
                family, str(len(rows)), worst(rows, "logits"), hidden, worst(rows, "gradients"), generated,
                tokenizer, chat, trips])
        else:
            encoders_rows.append([
                family, str(len(rows)), hidden, worst(rows, "embeddings"), tokenizer, trips])
    return "\n".join([
        "This table is what `make families` prints (`scripts/families.py`): every model family against "
        f"transformers {transformers.__version__}, PyTorch {torch.__version__.split('+')[0]}.", "",
        "# Families", "",
        "Weights are random, in float32, each family in several shapes; the largest figure of all shapes is "
        "shown. **logits**, **hidden states**: largest absolute difference, over 40 tokens, of the logits and "
        "of the residual stream at every layer. **gradients**: of one training step, the largest norm of a "
        "difference of whole tensors over the tensor's norm (a tensor whose gradient is under 1e-5 of the "
        "whole, against that). **generation**: greedy tokens that are the same. **tokenizer**: generated "
        "strings of all scripts that both sides encode and decode alike, with tokenizers of the family's "
        "kinds trained on the spot. **chat template**: chats that a template in the family's style renders "
        "or refuses alike, system turns and tools included; – where the family publishes none. **round "
        "trip**: shapes that `assay model copy` loads and writes, whose logits in transformers are the same "
        "bits.", "",
        table(["family", "shapes", "logits", "hidden states", "gradients", "generation", "tokenizer",
               "chat template", "round trip"], decoders_rows), "",
        "Encoders give no logits and write no text. **embeddings**: largest difference of sentence vectors, "
        "pooled as the files of sentence-transformers say, over "
        "texts of different lengths in one padded batch.", "",
        table(["family", "shapes", "hidden states", "embeddings", "tokenizer", "round trip"], encoders_rows),
        ""])


def failures(results):
    wrong = []
    for row in results["decoders"] + results["encoders"]:
        over = [key for key, limit in LIMITS.items() if not row.get(key, 0) <= limit]
        if not row["round_trip"]:
            over.append("round trip")
        if row.get("generated", NEW_TOKENS) != NEW_TOKENS:
            over.append("generation")
        if over:
            wrong.append(f"{row['shape']}: {', '.join(over)}: {row}")
    wrong += [f"tokenizer {k}: {n}" for k, n in results["tokenizers"].items() if n != results["strings"]]
    return wrong + [f"template {k}: {a} of {n}" for k, (a, n) in results["templates"].items() if a != n]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assay", default=".build/release/assay")
    parser.add_argument("--json", help="write every figure to this file")
    parser.add_argument("--out", help="write the tables to this file, too")
    parser.add_argument("--strings", type=int, default=4000, help="strings for each kind of tokenizer")
    options = parser.parse_args()
    assay = Path(options.assay).resolve()
    if not assay.exists():
        sys.exit(f"families: error: no program at {assay}; run `make build`, or give --assay")
    transformers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()

    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        made = [
            decoder(assay, family, name, settings, scratch / str(index))
            for index, (family, name, settings) in enumerate(decoder_cases())]
        fixtures = load("make-encoder-fixtures")
        encoded = [
            encoder(assay, name, scratch / f"encoder-{index}", fixtures)
            for index, name in enumerate(fixtures.CASES)]
        results = dict(
            decoders=made, encoders=encoded, strings=options.strings,
            tokenizers=tokenizers(assay, options.strings, scratch),
            templates=templates(assay, scratch / "0", scratch))
    text = report(results)
    print(text)
    if options.out:
        Path(options.out).parent.mkdir(exist_ok=True)
        Path(options.out).write_text(text, encoding="utf-8")
    if options.json:
        Path(options.json).write_text(json.dumps(results, indent=1) + "\n")
    wrong = failures(results)
    for line in wrong:
        print(f"families: beyond its limit: {line}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
