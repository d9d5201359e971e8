#!/usr/bin/env python3
"""Makes the golden files of Tests/AssayTextTests/Fixtures with the `tokenizers` library.

Needs: pip install tokenizers (0.23.3 made the committed files). Run from the root of the repository:
    python3 scripts/make-tokenizer-fixtures.py
"""

import hashlib
import json
import pathlib

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models
from tokenizers import pre_tokenizers, processors, trainers

from tokenizer_kinds import PLAIN, kinds

FIXTURES = pathlib.Path("Tests/AssayTextTests/Fixtures")
MASK = (1 << 64) - 1


class SplitMix64:
    """The generator of AssayCore: the same seed gives the same numbers there."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)


SYLLABLES = (
    "ba be bi bo da de di do ka ke ki ko la le li lo ma me mi mo na ne ni no ra re ri ro sa se si so "
    "the ing er on st tr ou qu é ñ ß ж и 日 本 語 ال 👩\u200d🔬 e\u0301"
).split(" ")
BREAKS = [" ", " ", " ", " ", " ", ", ", ". ", "\n", "  ", "'s ", "\t", "\r\n", " 12", " 3.5 ", "\u00a0", "!\n\n"]


def generated(size, seed):
    """At least `size` bytes of made-up text; GeneratedText.swift of the tests makes the same."""
    random = SplitMix64(seed)
    out, length = [], 0
    while length < size:
        piece = "".join(SYLLABLES[random.next() % len(SYLLABLES)] for _ in range(1 + random.next() % 4))
        piece += BREAKS[random.next() % len(BREAKS)]
        out.append(piece)
        length += len(piece.encode())
    return "".join(out)


HARD = [
    "", " ", "a", "Hello, world!", " leading", "trailing ", "two  spaces", "   ", "a   b", "\n", "\n\n\n",
    "a\n\n b", "tab\tand\t\ttabs", "line\r\nline\r\n\r\n", "\r", " \n \t \r\n ", "x \n", "I'm you're we've he'll I'd it's don't",
    "IT'S I'M 'S 'quoted' ''s", "1 22 333 4444 1,234.56 ½ ² Ⅷ ٣", "a1b2c3", "snake_case camelCase kebab-case",
    "😀", "😀😃😄", "👩‍🔬👨‍👩‍👧‍👦", "🇩🇪🇫🇷", "👍🏽", "❤️", "日本語のテキスト", "中文 字符", "한국어", "ไทย", "हिन्दी",
    "e\u0301 é e\u0301e\u0301", "Z\u0351\u036b\u0343a\u0327l\u0323g\u0321o", "A\u030a Å \u212b", "שלום עולם", "مرحبا بالعالم",
    "\u202eright to left\u202c", "a\u0000b", "\u0001\u0002\u007f\u0080\u009f", "\u00a0nbsp\u00a0\u00a0x", "\u2003em\u2009thin\u3000wide",
    "\u180emongolian \u180e x", "\u200bzero\u200bwidth\ufeff", "\u0085next\u0085line \u2028 \u2029", "\ufffd\ufffd", "a\ufffdb",
    "\U0010ffff\U00010000\ue000", "ſ'ſ K", "!!!???...", "...\n...", "<|endoftext|>", "a<|endoftext|>b", "a <|endoftext|> b",
    "<|endoftext|><|endoftext|>", "<|endoftext", "<|endoftext|", "<<|endoftext|>>", "<|user|>Hi<|end|><|assistant|>Hello<|end|>",
    "<|end|>oftext|>", "<|end|><|endoftext|>\n", "def f(x):\n    return x + 1\n", "{\"k\": [1, 2]}", "https://x.org/a?b=c&d=%20",
    "a" * 300, "ab" * 200, "the" * 100, " " * 300 + "x", "\n" * 100, "é" * 100, "ŁĿŀ Ġ Ċ č", "\u1e9e ŉ ﬁ", "𝒳𝓎 𝟙𝟚",
]

# For the small tokenizers of every kind: each string has its own reason.
SHORT = [
    "", " ", "  ", "the rese ", " mosi  dora", "\n", "a\r\n\r\n b\t", "x \u00a0\u3000 y", "IT'S I'll don't ``no''", "12 345 6.78 ½ ² ٣", "a1b2_c3",
    "😀👩‍🔬 👍🏽", "🇩🇪❤️", "日本語 中文", "한국 각각", "हिन्दी ไทย", "e\u0301 é e\u0323\u0301 Å Å", "Z\u0351\u036b\u0343a\u0327", "שלום \u202eab\u202c", "a\u0000b\u007f\u0085",
    "\u180e\u200b\ufeff x", "\ufffd\U0010ffff", "ſ İ ß Σς ﬁ Ａｂ", "...!? a.b", "ꟊ𝒳 ①Ⓐ \U00031350 \u0897", "ト\u3099カ\u3099 a\u0300\u0301", "▁ ▁▁a Ġ <0x0A>", "<s> a</s>  b <unk>", "<|end|> \n<|user|>  x",
    "<|endoftext|>a<|endoftext|>", "[CLS] ba bab É é [MASK]", " <mask> <b>\n\n\n", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "naïve ti ti\nti",
]

SPECIAL = ["<|endoftext|>", "<|system|>", "<|user|>", "<|assistant|>", "<|end|>"]


def train(texts, size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=SPECIAL, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def write(name, value):
    (FIXTURES / name).write_text(json.dumps(value, ensure_ascii=True) + "\n")


def write_compact(name, value):
    (FIXTURES / name).write_text(json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n")


def cases(tokenizer, strings):
    result = []
    for text in strings:
        ids = tokenizer.encode(text, add_special_tokens=False).ids
        result.append({
            "text": text, "ids": ids, "decoded": tokenizer.decode(ids, skip_special_tokens=False),
            "skipped": tokenizer.decode(ids, skip_special_tokens=True)})
    return result


def saved(tokenizer, name):
    tokenizer.save(str(FIXTURES / name))
    return json.loads((FIXTURES / name).read_text())


def variant(base, name, change, strings):
    document = json.loads(json.dumps(base))
    change(document)
    text = json.dumps(document, ensure_ascii=False, indent=0)
    tokenizer = Tokenizer.from_str(text)
    # The test puts vocabulary and merges of tokenizer.json back in.
    for member in ["vocab", "merges"]:
        del document["model"][member]
    ids = [tokenizer.encode(text, add_special_tokens=False).ids for text in strings]
    special = [tokenizer.encode(text).ids for text in strings]
    return {"name": name, "document": document, "ids": ids, **({"special": special} if special != ids else {})}


BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")


def split(pattern, behavior="Isolated", invert=False):
    return {"type": "Split", "pattern": pattern, "behavior": behavior, "invert": invert}


def sequence(*steps):
    return {"type": "Sequence", "pretokenizers": list(steps)}


def flagged(**flags):
    def change(document):
        for token in document["added_tokens"]:
            token.update(flags)
    return change


def added(document):
    number = 700
    for content, flags in [
        ("<|endoftext|>x", {}), ("<|end", {"special": False}), ("new token", {"special": False, "normalized": True}),
        ("word", {"single_word": True}), ("[L]", {"lstrip": True}), ("[R]", {"rstrip": True}),
        ("the", {"special": False, "normalized": True}), ("e\u0301", {}), (" lead", {}),
    ]:
        known = document["model"]["vocab"].get(content)
        document["added_tokens"].append({
            "id": number if known is None else known, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
            "normalized": False, "special": True, **flags})
        number += known is None


def small_kinds():
    """What each kind of tokenizer makes of the short strings; equal models are written once."""
    # The library's trainers break some ties at random: models that are committed stay.
    known, file = {}, FIXTURES / "tokenizer-kinds.json"
    if file.exists():
        before = json.loads(file.read_text())
        by_name = {kind["name"]: kind for kind in before["kinds"]}
        for model, name in PLAIN.items():
            known[model] = {**by_name[name]["document"]["model"], **before["models"][by_name[name]["model"]]}
    models_by_text, listed = {}, []
    for name, text in kinds([generated(4_000, seed) for seed in range(20, 40)], size=250, known=known).items():
        tokenizer, document = Tokenizer.from_str(text), json.loads(text)
        model = {key: document["model"].pop(key) for key in ("vocab", "merges") if key in document["model"]}
        if "merges" in model:
            model["merges"] = [" ".join(pair) for pair in model["merges"]]
        key = models_by_text.setdefault(json.dumps(model), len(models_by_text))
        ids = [tokenizer.encode(text).ids for text in SHORT]
        shown = [[tokenizer.decode(i, skip_special_tokens=skip) for i in ids] for skip in (False, True)]
        # What the text itself or the line before already says is left out.
        decoded = [None if d == t else d for d, t in zip(shown[0], SHORT)]
        skipped = [None if d == t else d for d, t in zip(shown[1], shown[0])]
        listed.append({"name": name, "document": document, "model": key, "ids": ids, "decoded": decoded, "skipped": skipped})
    return {"texts": SHORT, "models": [json.loads(text) for text in models_by_text], "kinds": listed}


def template(document):
    document["post_processor"] = {"type": "Sequence", "processors": [
        {**BYTE_LEVEL, "use_regex": True},
        {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "<|system|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                    {"SpecialToken": {"id": "<|end|>", "type_id": 0}}],
         "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
         "special_tokens": {"<|system|>": {"id": "<|system|>", "ids": [1], "tokens": ["<|system|>"]},
                            "<|end|>": {"id": "<|end|>", "ids": [4], "tokens": ["<|end|>"]}}}]}


def main():
    FIXTURES.mkdir(parents=True, exist_ok=True)
    corpus = generated(200_000, 7)
    tokenizer = train(corpus.splitlines(keepends=True), 700)
    base = saved(tokenizer, "tokenizer.json")
    write("tokenizer-cases.json", cases(tokenizer, HARD))

    def pre(part):
        return lambda document: document.update(pre_tokenizer=part)

    tokens = ["", "<|endoftext|>xy", "<|endo", "a <|end|> b", " <|endoftext|> ", "a\n <|user|>\t\nb", "a new token b",
              "word", "a word b", "words sword word-word word_ éword", "a  [L]  b", "a  [R]  b", "[L] [R] [L]", " [R]  [L] ",
              "the other the", "cafe\u0301 e\u0301", "is leading", "x<|endoftext|>x"]
    # Some variants take the first texts only.
    write_compact("tokenizer-variants.json", {"texts": HARD + tokens, "variants": [
        variant(base, "prefix space", pre({**BYTE_LEVEL, "use_regex": True, "add_prefix_space": True}), HARD),
        variant(base, "no regex", pre(BYTE_LEVEL), HARD),
        variant(base, "split by the pattern of Llama 3", pre(sequence(split({"Regex": LLAMA3}), BYTE_LEVEL)), HARD),
        variant(base, "split removes spaces", pre(sequence(split({"Regex": r"\s+"}, "Removed"), BYTE_LEVEL)), HARD),
        variant(base, "split keeps words", pre(sequence(split({"Regex": r"\w+"}, "Removed", True), BYTE_LEVEL)), HARD),
        variant(base, "split at a string, prefix space",
                pre(sequence(split({"String": "a"}), {**BYTE_LEVEL, "add_prefix_space": True})), HARD),
        variant(base, "single digits",
                pre(sequence({"type": "Digits", "individual_digits": True}, {**BYTE_LEVEL, "use_regex": True})), HARD),
        variant(base, "runs of digits",
                pre(sequence({"type": "Digits", "individual_digits": False}, {**BYTE_LEVEL, "use_regex": True})), HARD),
        variant(base, "left and right strip", flagged(lstrip=True, rstrip=True), HARD + tokens),
        variant(base, "single word", flagged(single_word=True), HARD + tokens),
        variant(base, "added tokens", added, HARD + tokens),
        variant(base, "template", template, HARD),
        variant(base, "whole words first", lambda d: d["model"].update(ignore_merges=True), HARD),
    ]})

    write_compact("tokenizer-kinds.json", small_kinds())

    megabyte = generated(1_000_000, 11)
    ids = tokenizer.encode(megabyte).ids
    broken = [[300], [ids[0]], [400, 12, 300, 5]] + [[i, j] for i in range(150, 261, 7) for j in range(5, 261, 13)]
    random = SplitMix64(3)
    broken += [[random.next() % 261 for _ in range(12)] for _ in range(100)]
    write("tokenizer-large.json", {
        "textHash": hashlib.sha256(megabyte.encode()).hexdigest(),
        "count": len(ids),
        "idsHash": hashlib.sha256(b"".join(i.to_bytes(4, "little") for i in ids)).hexdigest(),
        "decoded": [{"ids": b, "text": tokenizer.decode(b, skip_special_tokens=False)} for b in broken],
    })


if __name__ == "__main__":
    main()
