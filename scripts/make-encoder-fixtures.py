"""Writes the tiny encoders that Tests/AssayModelsTests compares with transformers.

    .venv/bin/python scripts/make-encoder-fixtures.py

Each case is a Hugging Face directory with random weights and a tokenizer, some with the files of
sentence-transformers, and an `expected.safetensors`:

    tokens [B, T], mask [B, T]      rows filled up on the right
    hidden.N [B, T, d]              the embeddings, and what each block makes of them
    embeddings [N, D]               of the texts in texts.json, pooled as the files say
"""

import json
import shutil
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

FIXTURES = Path(__file__).parent.parent / "Tests/AssayModelsTests/Fixtures/encoders"
TEXTS = [
    "The river runs past the old mill.",
    "Nobody under the bridge can tell, and the geese will not: they are busy with the miller's bread.",
    "Mill!",
    "Une vieille rivière",
    "",
    "The river runs past the old mill and under the bridge of stone, where seven geese keep the miller "
    "and his bridge, and who runs past them, and why, nobody can tell.",
]
SIZES = dict(
    hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
    max_position_embeddings=40, type_vocab_size=2)

# name: (configuration, settings, pooling modes, normalise; None: no files of sentence-transformers)
CASES = {
    "bert": ("Bert", SIZES, None),
    "bert-odd": (
        "Bert", dict(SIZES, hidden_size=30, num_attention_heads=2, hidden_act="gelu_new", layer_norm_eps=1e-5),
        (["cls_token", "mean_tokens"], False, 12)),
    "bert-head": ("Bert", SIZES, (["max_tokens", "mean_sqrt_len_tokens"], True, 64)),
    "roberta": ("Roberta", dict(SIZES, type_vocab_size=1), (["mean_tokens"], True, 20)),
    "xlm-roberta": ("XLMRoberta", dict(SIZES, type_vocab_size=1), None),
    "distilbert": (
        "DistilBert", dict(dim=24, hidden_dim=40, n_layers=3, n_heads=3, max_position_embeddings=40), None),
}


def tokenizer(family):
    """WordPiece with BERT's marks, or byte-level pairs with RoBERTa's."""
    marks = ["<s>", "<pad>", "</s>", "<unk>"] if family.endswith("Roberta") else ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    options = dict(vocab_size=120, special_tokens=marks, show_progress=False)
    if family.endswith("Roberta"):
        made = Tokenizer(models.BPE())
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.decoder = decoders.ByteLevel()
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(initial_alphabet=alphabet, **dict(options, vocab_size=300))
    else:
        made = Tokenizer(models.WordPiece(unk_token="[UNK]"))
        made.normalizer = normalizers.BertNormalizer()
        made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        made.decoder = decoders.WordPiece()
        trainer = trainers.WordPieceTrainer(**options)
    made.train_from_iterator(TEXTS[:3], trainer)
    start, end = ("<s>", "</s>") if family.endswith("Roberta") else ("[CLS]", "[SEP]")
    made.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}", special_tokens=[(t, made.token_to_id(t)) for t in (start, end)])
    return made, made.token_to_id("<pad>" if family.endswith("Roberta") else "[PAD]")


def pooled(states, mask, modes, normalise):
    real = mask[:, :, None].float()
    ways = {
        "cls_token": lambda: states[:, 0],
        "max_tokens": lambda: states.masked_fill(real == 0, -torch.inf).amax(1),
        "mean_tokens": lambda: (states * real).sum(1) / real.sum(1),
        "mean_sqrt_len_tokens": lambda: (states * real).sum(1) / real.sum(1).sqrt(),
    }
    # Joined in the order in which sentence-transformers does.
    vectors = torch.cat([way() for name, way in ways.items() if name in modes], dim=-1)
    return torch.nn.functional.normalize(vectors) if normalise else vectors


def write(path, value):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(value, indent=2) + "\n")


def make(name, family, options, pooling):
    torch.manual_seed(sum(map(ord, name)))
    tokens, padding = tokenizer(family)
    config = getattr(transformers, f"{family}Config")(
        vocab_size=tokens.get_vocab_size(), pad_token_id=padding, initializer_range=0.25, **options)
    kind = transformers.AutoModelForMaskedLM if name == "bert-head" else transformers.AutoModel
    whole = kind.from_config(config, dtype=torch.float32).eval()
    with torch.no_grad():
        for value in whole.parameters():
            # Norms and biases of a fresh model are ones and zeros, which hide mistakes.
            if value.dim() == 1:
                value.add_(0.3 * torch.randn_like(value))
    folder = FIXTURES / name
    shutil.rmtree(folder, ignore_errors=True)
    whole.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    tokens.save(str(folder / "tokenizer.json"), pretty=False)
    modes, normalise, limit = pooling or (["mean_tokens"], True, None)
    if pooling:
        types = ["Transformer", "Pooling"] + ["Normalize"] * normalise
        write(folder / "modules.json", [
            dict(idx=i, name=str(i), path="" if i == 0 else f"{i}_{kind}",
                 type=f"sentence_transformers.models.{kind}") for i, kind in enumerate(types)])
        write(folder / "1_Pooling/config.json", {
            f"pooling_mode_{mode}": mode in modes
            for mode in ("cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens")})
        write(folder / "sentence_bert_config.json", dict(max_seq_length=limit, do_lower_case=False))
    write(folder / "texts.json", TEXTS)

    room = config.max_position_embeddings - (padding + 1 if family.endswith("Roberta") else 0)
    tokens.enable_truncation(min(limit or room, room))
    tokens.enable_padding(pad_id=padding)
    encoded = tokens.encode_batch(TEXTS)
    ids = torch.tensor([e.ids for e in encoded])
    mask = torch.tensor([e.attention_mask for e in encoded])
    model = getattr(whole, whole.base_model_prefix) if name == "bert-head" else whole
    with torch.no_grad():
        out = model(ids, attention_mask=mask, output_hidden_states=True)
    found = {"tokens": ids, "mask": mask, "embeddings": pooled(out.last_hidden_state, mask, modes, normalise)}
    for index, hidden in enumerate(out.hidden_states):
        found[f"hidden.{index}"] = hidden
    save_file({k: v.detach().contiguous() for k, v in found.items()}, folder / "expected.safetensors")


if __name__ == "__main__":
    transformers.utils.logging.disable_progress_bar()
    for case, parts in CASES.items():
        make(case, *parts)
