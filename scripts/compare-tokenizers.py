#!/usr/bin/env python3
"""Compares Assay's tokenizers with the `tokenizers` library on generated strings.

    scripts/compare-tokenizers.py --assay .build/release/assay [--count 200000] [--only NAME …] [--speed]

For each kind of scripts/tokenizer_kinds.py: strings of all scripts, controls, runs of white space and
mixtures of these, encoded by both; a quarter is decoded by both too. Prints every kind's differences (there must
be none; the exit code says so) and the speed ratio on one thread over a long text. Where the
`sentencepiece` package is installed, its table of NMT and NFKC rules takes the small one's place, and
`tokenizer.model` files are compared with it too.
"""

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import unicodedata

os.environ.setdefault("RAYON_NUM_THREADS", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

from tokenizers import Tokenizer  # noqa: E402

from tokenizer_kinds import kinds  # noqa: E402

SYLLABLES = (
    "ba be bi bo da de di do ka ke ki ko la le li lo ma me mi mo na ne ni no ra re ri ro sa se si so "
    "the ing er on st tr ou qu é ñ ß ж и 日 本 語 ال 👩\u200d🔬 e\u0301"
).split(" ")
BREAKS = [" ", " ", " ", " ", " ", ", ", ". ", "\n", "  ", "'s ", "\t", "\r\n", " 12", " 3.5 ", "\u00a0", "!\n\n"]
SPACES = [" ", "  ", "   ", "\t", "\n", "\r", "\r\n", "\u00a0", "\u2003", "\u3000", "\u0085", "\u2028", "\u200b", "\u180e", "\x0b", "\x0c", "\ufeff"]
PIECES = ["<|endoftext|>", "<|end|>", "<|user|>", "<|sys|>", "<s>", "</s>", "<unk>", "<mask>", "[CLS]", "[MASK]", "<b>", "</b>", "▁", "▁▁", "Ġ",
          "<0x0A>", "don't", "I'LL", "n't", " do not", "``", "''", "##", "</w>", "1234567", "ſ", "İ", "ß", "Σς", "ﬁ", "①", "Ⓐ", "½", "²", "٣", "क्षि", "각", "각",
          "👨‍👩‍👧‍👦", "🇩🇪🇫🇷", "👍🏽", "❤️", "Å", "Z\u0351\u036b\u0343a\u0327l\u0323g\u0321o", "\u202ertl\u202c", "שלום", "\ufffd", "a\u0300\u0301", "\u1e9b\u0323"]


def characters():
    """Assigned characters by block of 256."""
    blocks = {}
    for code in range(0x110000):
        if 0xD800 <= code < 0xE000:
            continue
        # What Python's Unicode does not know yet is drawn as well, with the unassigned.
        if unicodedata.category(chr(code)) not in ("Co", "Cn") or code % 97 == 0:
            blocks.setdefault(code >> 8, []).append(chr(code))
    return blocks


def strings(count, seed):
    rng = random.Random(seed)
    blocks = characters()
    names = sorted(blocks)
    small = [n for n in names if n < 0x34 or 0xA0 <= n < 0xAC or 0xF9 <= n < 0x200]
    marks = [c for block in blocks.values() for c in block if unicodedata.category(c) in ("Mn", "Mc", "Me")]
    out = []

    def word():
        return "".join(rng.choice(SYLLABLES) for _ in range(rng.randint(1, 4)))

    def script():
        block = blocks[rng.choice(small if rng.random() < 0.8 else names)]
        return "".join(rng.choice(block) for _ in range(rng.randint(1, 6)))

    makers = [
        lambda: word() + rng.choice(BREAKS), word, script,
        lambda: "".join(rng.choice(SPACES) for _ in range(rng.randint(1, 5))),
        lambda: " " * rng.randint(1, 20), lambda: chr(rng.randint(0, 0x9F)),
        lambda: rng.choice(PIECES), lambda: rng.choice(blocks[rng.choice(names)]),
        lambda: rng.choice("aeouACEn가カحक") + "".join(rng.choice(marks) for _ in range(rng.randint(1, 4))),
        lambda: str(rng.randint(0, 10 ** rng.randint(1, 9))), lambda: chr(rng.randint(0x21, 0x7E)) * rng.randint(1, 3),
        lambda: word().upper().title() if rng.random() < 0.5 else word().upper(),
    ]
    while len(out) < count:
        style = rng.random()
        if style < 0.25:
            chosen = [rng.choice(makers)]
        else:
            chosen = makers
        out.append("".join(rng.choice(chosen)() for _ in range(rng.randint(1, 10))))
    return out


def long_text(size, seed):
    rng = random.Random(seed)
    words = ["".join(rng.choice(SYLLABLES[:42]) for _ in range(rng.randint(1, 4))) for _ in range(20_000)]
    out, length = [], 0
    while length < size:
        piece = words[min(int(rng.paretovariate(0.6)), len(words) - 1)] + rng.choice(BREAKS)
        out.append(piece)
        length += len(piece.encode())
    return "".join(out)


def assay(program, verb, path, lines, *flags):
    """Runs the command over lines of JSON; returns what it wrote, line by line, and the seconds."""
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as written:
        given.write("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode())
        given.seek(0)
        start = time.monotonic()
        subprocess.run([program, "tokenizer", verb, "--tokenizer", str(path), *flags], stdin=given, stdout=written, check=True)
        seconds = time.monotonic() - start
        written.seek(0)
        return [json.loads(line) for line in written], seconds


def differences(what, inputs, expected, found, limit=5):
    if len(expected) != len(found):
        print(f"  {what}: {len(found)} lines for {len(expected)} strings")
        return abs(len(expected) - len(found))
    wrong = [i for i, (a, b) in enumerate(zip(expected, found)) if a != b]
    for i in sorted(wrong, key=lambda i: len(inputs[i]))[:limit]:
        print(f"  {what}: {inputs[i]!a}\n    tokenizers {expected[i]!a}\n    assay      {found[i]!a}")
    return len(wrong)


def charsmap():
    try:
        import io
        import sentencepiece
        from sentencepiece import sentencepiece_model_pb2 as proto
    except ImportError:
        return None
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(long_text(20_000, 1).split(" ")), model_writer=model, vocab_size=100, model_type="unigram",
        hard_vocab_limit=False, minloglevel=2)
    return proto.ModelProto.FromString(model.getvalue()).normalizer_spec.precompiled_charsmap


def pieces_models(folder, table_from):
    """Each `tokenizer.model` that the `sentencepiece` package trains here, by name; none without it."""
    try:
        import sentencepiece
    except ImportError:
        return {}
    own = ["<b>", "</b>", "▁▁", "▁▁▁", "[MASK]", "ﬁ", "don't", "日本", "\n\n", "12"]
    base = dict(vocab_size=400, hard_vocab_limit=False, minloglevel=2, character_coverage=0.99)
    found = {}
    for name, more in {
        "unigram": dict(model_type="unigram"), "bpe": dict(model_type="bpe"),
        "unigram, own pieces": dict(model_type="unigram", user_defined_symbols=own),
        "bpe, own pieces": dict(model_type="bpe", user_defined_symbols=own),
        "bpe, bytes, own pieces": dict(model_type="bpe", user_defined_symbols=own, byte_fallback=True, normalization_rule_name="identity",
                                       remove_extra_whitespaces=False, vocab_size=700),
        "unigram, bytes, own pieces": dict(model_type="unigram", user_defined_symbols=own, byte_fallback=True, add_dummy_prefix=False, vocab_size=700),
    }.items():
        prefix = pathlib.Path(folder) / name.replace(", ", "-")
        sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(table_from), model_prefix=str(prefix), **{**base, **more})
        path = pathlib.Path(f"{prefix}.model")
        found[f"sentencepiece {name}"] = (path, sentencepiece.SentencePieceProcessor(model_file=str(path)))
    return found


def compare_pieces(options, texts, folder):
    """Differences from SentencePiece, over strings in which no control piece or byte is written out."""
    names = ("<s>", "</s>", "<unk>", "<0x")
    texts = [t for t in texts if not any(n in t for n in names) and "\0" not in t]
    total = 0
    models = pieces_models(folder, [long_text(400, seed) for seed in range(400)])
    unknown = [n for n in options.only or [] if n.startswith("sentencepiece") and n not in models]
    if unknown:
        sys.exit(f"compare-tokenizers: error: no such kind: {'; '.join(unknown)} (there are: "
                 + ("; ".join(models) or "none without the package sentencepiece") + ")")
    for name, (path, model) in models.items():
        if options.only and name not in options.only:
            continue
        found, _ = assay(options.assay, "encode", path, texts)
        wrong = differences("encoding", texts, model.encode(texts), found)
        print(f"{name}: {len(texts)} strings, {wrong} differences", flush=True)
        total += wrong
    return total


def speed(program, path, tokenizer, text):
    """Seconds of Assay over seconds of the library for one long text: the best of three each."""
    theirs = []
    for _ in range(3):
        # A fresh copy: the library's cache starts empty, as Assay's does.
        fresh = Tokenizer.from_file(str(path))
        start = time.monotonic()
        fresh.encode(text)
        theirs.append(time.monotonic() - start)
    ours = min(assay(program, "encode", path, [text])[1] - assay(program, "encode", path, [""])[1] for _ in range(3))
    return ours, min(theirs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--assay", required=True, help="the assay program")
    parser.add_argument("--count", type=int, default=200_000, help="strings per kind")
    parser.add_argument("--only", nargs="*", help="kinds to compare")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--megabytes", type=float, default=4, help="length of the text for the speed; 0 leaves it out")
    options = parser.parse_args()
    corpus = [long_text(4_000, seed) for seed in range(40)]
    made = kinds(corpus, table=charsmap())
    unknown = [n for n in options.only or [] if n not in made and not n.startswith("sentencepiece")]
    if unknown:
        parser.error(f"no such kind: {'; '.join(unknown)} (there are: {'; '.join(made)})")
    texts = strings(options.count, options.seed)
    text = long_text(int(options.megabytes * 1_000_000), 5)
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, document in made.items():
            if options.only and name not in options.only:
                continue
            path = pathlib.Path(folder) / "tokenizer.json"
            path.write_text(document)
            tokenizer = Tokenizer.from_str(document)
            expected = [e.ids for start in range(0, len(texts), 5000) for e in tokenizer.encode_batch(texts[start:start + 5000])]
            found, _ = assay(options.assay, "encode", path, texts)
            wrong = differences("encoding", texts, expected, found)
            # Decoding has fewer cases: a quarter will do, and less without special tokens.
            some = expected[: len(expected) // 4]
            found, _ = assay(options.assay, "decode", path, some)
            wrong += differences("decoding", some, tokenizer.decode_batch(some, skip_special_tokens=False), found)
            some = expected[: len(expected) // 20]
            found, _ = assay(options.assay, "decode", path, some, "--skip-special")
            wrong += differences("without special", some, tokenizer.decode_batch(some, skip_special_tokens=True), found)
            note = ""
            if options.megabytes:
                ours, theirs = speed(options.assay, path, tokenizer, text)
                rate = options.megabytes / max(ours, 1e-9)
                note = f", {rate:.1f} MB/s, {theirs / max(ours, 1e-9):.1f} times as fast as tokenizers"
            print(f"{name}: {len(texts)} strings, {wrong} differences{note}", flush=True)
            total += wrong
        if not options.only or any(name.startswith("sentencepiece") for name in options.only):
            total += compare_pieces(options, texts, folder)
    print(f"differences in all: {total}")
    return 1 if total else 0


if __name__ == "__main__":
    sys.exit(main())
