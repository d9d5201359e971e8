"""Small tokenizers of every kind that Assay reads, trained on generated text.

make-tokenizer-fixtures.py records what they do; compare-tokenizers.py compares them with Assay.
Each is the `tokenizer.json` of a family in small: the same parts with the same settings.
"""

import base64
import io
import json

from tokenizers import Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers, processors, trainers

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
GPT4O = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
         r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
CLIP = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"

# Replacements for a table as SentencePiece compiles it, small enough to commit.
RULES = [("\uff21", "A"), ("\uff42", "b"), ("\ufb01", "fi"), ("\u3000", " "), ("\u00a0", " "), ("\t", " "), ("\n", " "), ("\r", ""),
         ("e\u0301", "\u00e9"), ("\u00e4", "a\u0308"), ("\u00bd", "1/2"), ("\u2126", "\u03a9"), ("\u200b", ""), ("\U0001d4b3", "X"),
         ("a\u0300", "\u00e0"), ("a\u0300\u0301", "?"), ("\u0430", "a"), ("\u65e5\u672c", "JP"), ("\u30ab\u3099", "\u30ac")]


def charsmap(rules):
    """A double-array trie in the layout of darts-clone with the replacements, as SentencePiece has it."""
    texts, places = bytearray(), {}
    for _, text in rules:
        if text not in places:
            places[text] = len(texts)
            texts += text.encode() + b"\0"
    root = {}
    for key, text in rules:
        node = root
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[None] = places[text]
    units, used = {0: 0}, {0}

    def place(node, index):
        labels = sorted(0 if label is None else label for label in node)
        offset = 1
        while any((index ^ offset ^ label) in used for label in labels):
            offset += 1
        if offset >= 1 << 21:
            raise ValueError("the table is too large")
        units[index] |= offset << 10 | (0x100 if None in node else 0)
        for label in labels:
            used.add(index ^ offset ^ label)
        for label, child in node.items():
            target = index ^ offset ^ (label or 0)
            if label is None:
                units[target] = 1 << 31 | child
            else:
                units[target] = label
                place(child, target)

    place(root, 0)
    size = (max(units) | 0xFF) + 1
    trie = b"".join(units.get(i, 0).to_bytes(4, "little") for i in range(size))
    return len(trie).to_bytes(4, "little") + trie + bytes(texts)


def added(*tokens):
    """Added tokens: (content, flags that differ from a plain special token's)."""
    return [{"content": content, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True, **flags}
            for content, flags in tokens]


class Maker:
    """Trains the models once and puts the other parts around them."""

    def __init__(self, texts, size=340, known=None):
        self.texts, self.size = texts, size
        self.models = dict(known or {})

    def model(self, name):
        if name not in self.models:
            part = json.loads(getattr(self, name)().to_str())["model"]
            if isinstance(part["vocab"], list):
                part["vocab"] = [[text, round(score, 6)] for text, score in part["vocab"]]
            self.models[name] = part
        return json.loads(json.dumps(self.models[name]))

    def trained(self, model, trainer, pre, normalizer=None):
        tokenizer = Tokenizer(model)
        tokenizer.pre_tokenizer = pre
        if normalizer:
            tokenizer.normalizer = normalizer
        tokenizer.train_from_iterator(self.texts, trainer)
        return tokenizer

    def bytes_model(self):
        return self.trained(models.BPE(), trainers.BpeTrainer(
            vocab_size=self.size + 60, show_progress=False, initial_alphabet=pre_tokenizers.ByteLevel.alphabet()),
            pre_tokenizers.ByteLevel(add_prefix_space=False))

    def characters_model(self):
        return self.trained(models.BPE(unk_token="<unk>"), trainers.BpeTrainer(
            vocab_size=self.size, show_progress=False, special_tokens=["<unk>", "<s>", "</s>"]), pre_tokenizers.Metaspace())

    def suffix_model(self):
        return self.trained(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"), trainers.BpeTrainer(
            vocab_size=self.size, show_progress=False, special_tokens=["<unk>"], end_of_word_suffix="</w>"),
            pre_tokenizers.BertPreTokenizer())

    def prefix_model(self):
        return self.trained(models.BPE(unk_token="<unk>", continuing_subword_prefix="##"), trainers.BpeTrainer(
            vocab_size=self.size, show_progress=False, special_tokens=["<unk>"], continuing_subword_prefix="##"),
            pre_tokenizers.BertPreTokenizer())

    def clip_model(self):
        return self.trained(models.BPE(unk_token="<unk>", end_of_word_suffix="</w>"), trainers.BpeTrainer(
            vocab_size=self.size + 400, show_progress=False, special_tokens=["<unk>"], end_of_word_suffix="</w>",
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet()), pre_tokenizers.ByteLevel(add_prefix_space=False))

    def unigram_model(self):
        return self.trained(models.Unigram(), trainers.UnigramTrainer(
            vocab_size=self.size, show_progress=False, special_tokens=["<unk>", "<s>", "</s>"], unk_token="<unk>"),
            pre_tokenizers.Metaspace())

    def pieces_model(self):
        return self.trained(models.WordPiece(unk_token="[UNK]"), trainers.WordPieceTrainer(
            vocab_size=self.size, show_progress=False, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]),
            pre_tokenizers.BertPreTokenizer(), normalizers.BertNormalizer())

    def words_model(self):
        return self.trained(models.WordLevel(unk_token="<unk>"), trainers.WordLevelTrainer(
            vocab_size=self.size, show_progress=False, special_tokens=["<unk>"]), pre_tokenizers.Whitespace())

    def make(self, model, normalizer=None, pre=None, post=None, decoder=None, tokens=(), change=None):
        """The text of a `tokenizer.json`; `change` may edit the model."""
        part = self.model(model)
        if change:
            part = change(part) or part
        vocab = part["vocab"]
        names = [t for t, _ in vocab] if isinstance(vocab, list) else vocab
        ids = {t: i for i, t in enumerate(names)} if isinstance(vocab, list) else dict(vocab)
        listed, number = [], max(ids.values()) + 1
        for token in tokens:
            if token["content"] not in ids:
                ids[token["content"]] = number
                number += 1
            listed.append({"id": ids[token["content"]], **token})
        listed.sort(key=lambda token: token["id"])
        shell = Tokenizer(models.BPE())
        if normalizer:
            shell.normalizer = normalizer
        if pre:
            shell.pre_tokenizer = pre
        if decoder:
            shell.decoder = decoder
        if post:
            shell.post_processor = post(ids)
        document = json.loads(shell.to_str())
        document.update(model=part, added_tokens=listed)
        # As the library itself writes it.
        return Tokenizer.from_str(json.dumps(document)).to_str()


def with_bytes(part):
    """Adds the tokens of bytes, and has unknown characters written with them."""
    names = [f"<0x{byte:02X}>" for byte in range(256)]
    if isinstance(part["vocab"], list):
        part["vocab"] += [[name, -12.0] for name in names]
    else:
        for name in names:
            part["vocab"][name] = len(part["vocab"])
    part["byte_fallback"] = True
    if "fuse_unk" in part:
        part["fuse_unk"] = True


def flag(**flags):
    return lambda part: part.update(flags)


def template(before="", after=""):
    def post(ids):
        tokens = [t for t in (before, after) if t]
        return processors.TemplateProcessing(
            single=" ".join([t for t in (before, "$A", after) if t]), pair="$A $B", special_tokens=[(t, ids[t]) for t in tokens])
    return post


# For each model, a kind that has it as it was trained.
PLAIN = {"bytes_model": "gpt2", "characters_model": "pairs of characters", "suffix_model": "openai-gpt", "prefix_model": "prefixed pairs",
         "clip_model": "clip", "unigram_model": "t5", "pieces_model": "bert-cased", "words_model": "whole words"}


def kinds(texts, size=340, table=None, known=None):
    """Each kind's name with the text of its `tokenizer.json`.

    `table` is a charsmap to use for Precompiled, `known` models by the names of PLAIN that are not to be trained.
    """
    m, N, P, D = Maker(texts, size, known), normalizers, pre_tokenizers, decoders
    table = table or charsmap(RULES)
    spm = D.Sequence([D.Replace("▁", " "), D.ByteFallback(), D.Fuse(), D.Strip(" ", 1, 0)])
    llama = N.Sequence([N.Prepend("▁"), N.Replace(" ", "▁")])
    ends = added(("<unk>", {}), ("<s>", {}), ("</s>", {}))
    text_end = added(("<|endoftext|>", {}))
    chat = added(("<|end|>", {"rstrip": True}), ("<|user|>", {"rstrip": True}), ("<|sys|>", {"lstrip": True}))
    spaces = added(*[(" " * n, {"special": False, "normalized": True}) for n in range(12, 1, -1)])
    level = dict(decoder=D.ByteLevel())
    bert_tokens = added(*[(t, {}) for t in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")])

    def regex(pattern, behavior="isolated", invert=False):
        return P.Split(Regex(pattern), behavior, invert)

    def bytes_after(*steps):
        return P.Sequence([*steps, P.ByteLevel(add_prefix_space=False, use_regex=False)])

    def bert(ids):
        return processors.BertProcessing(("[SEP]", ids["[SEP]"]), ("[CLS]", ids["[CLS]"]))

    def roberta(ids):
        return processors.RobertaProcessing(("</s>", ids["</s>"]), ("<s>", ids["<s>"]))

    result = {
        "gpt2": m.make("bytes_model", pre=P.ByteLevel(add_prefix_space=False), post=lambda _: processors.ByteLevel(), tokens=text_end, **level),
        "gpt-neox": m.make("bytes_model", N.NFC(), P.ByteLevel(add_prefix_space=False), template(after="<|endoftext|>"),
                           tokens=text_end + spaces, **level),
        "roberta": m.make("bytes_model", pre=P.ByteLevel(add_prefix_space=True), post=roberta,
                          tokens=ends + added(("<mask>", {"lstrip": True})), **level),
        "llama3": m.make("bytes_model", pre=bytes_after(regex(LLAMA3)), tokens=text_end + chat, change=flag(ignore_merges=True),
                         post=lambda ids: processors.Sequence([processors.ByteLevel(), template("<|endoftext|>")(ids)]), **level),
        "qwen2": m.make("bytes_model", N.NFC(), bytes_after(regex(QWEN2)), tokens=text_end, **level),
        "gpt-4o": m.make("bytes_model", pre=bytes_after(regex(GPT4O)), tokens=text_end, **level),
        "deepseek": m.make("bytes_model", pre=bytes_after(regex(r"\p{N}{1,3}"), regex("[一-龥぀-ゟ゠-ヿ]+"), regex(r"[\r\n]|\s?[\p{L}\p{M}]+|\s?[\p{P}\p{S}]+")),
                           tokens=text_end, **level),
        "falcon": m.make("bytes_model", pre=P.Sequence([P.Punctuation("contiguous"), P.ByteLevel(add_prefix_space=False), P.Digits(False),
                                                        regex("[0-9][0-9][0-9]")]), tokens=text_end, **level),
        "starcoder": m.make("bytes_model", pre=P.Sequence([P.Digits(True), P.ByteLevel(add_prefix_space=False)]), tokens=text_end, **level),
        "bytes in the normalizer": m.make("bytes_model", N.Sequence([N.NFKC(), N.ByteLevel()]), regex("Ġ"), tokens=text_end, **level),
        "llama2": m.make("characters_model", llama, post=template("<s>"), decoder=spm, tokens=ends, change=with_bytes),
        "mistral": m.make("characters_model", pre=P.Metaspace("▁", "first", False), post=template("<s>", "</s>"), decoder=spm, tokens=ends, change=with_bytes),
        "gemma": m.make("characters_model", N.Replace(" ", "▁"), P.Split(" ", "merged_with_previous"), template("<s>"),
                        D.Sequence([D.Replace("▁", " "), D.ByteFallback(), D.Fuse()]), change=with_bytes,
                        tokens=ends + added(*[(t, {"special": False}) for t in ("\n", "\n\n", "\n\n\n", "▁▁", "▁▁▁", "\t", "<b>", "</b>")])),
        "phi3": m.make("characters_model", llama, post=template("<s>"), decoder=spm, tokens=ends + chat, change=with_bytes),
        "pairs of characters": m.make("characters_model", N.NFD(), P.Metaspace(), decoder=D.Metaspace(), tokens=ends),
        "fused unknowns": m.make("characters_model", N.NFKD(), P.Metaspace(), decoder=D.Metaspace(), tokens=ends, change=flag(fuse_unk=True)),
        "fused unknowns, no words": m.make("characters_model", llama, decoder=spm, tokens=ends, change=flag(fuse_unk=True)),
        "openai-gpt": m.make("suffix_model", N.BertNormalizer(), P.BertPreTokenizer(), decoder=D.BPEDecoder(), tokens=added(("<unk>", {}))),
        "prefixed pairs": m.make("prefix_model", N.Strip(), P.WhitespaceSplit(), decoder=D.WordPiece(), tokens=added(("<unk>", {}))),
        "clip": m.make("clip_model", N.Sequence([N.NFC(), N.Replace(Regex(r"\s+"), " "), N.Lowercase()]),
                       P.Sequence([regex(CLIP, "removed", True), P.ByteLevel(add_prefix_space=False)]), roberta,
                       tokens=ends, **level),
        "bert-uncased": m.make("pieces_model", N.BertNormalizer(), P.BertPreTokenizer(), bert, D.WordPiece(), bert_tokens),
        "bert-cased": m.make("pieces_model", N.BertNormalizer(lowercase=False, strip_accents=False), P.BertPreTokenizer(),
                             template("[CLS]", "[SEP]"), D.WordPiece(cleanup=False), bert_tokens),
        "minilm": m.make("pieces_model", N.Sequence([N.NFD(), N.StripAccents(), N.Lowercase()]), P.Sequence([P.Whitespace(), P.Punctuation()]),
                         template("[CLS]", "[SEP]"), D.WordPiece(),
                         bert_tokens + added(("ba", {"special": False, "normalized": True, "single_word": True}), ("É", {"special": False, "normalized": True}))),
        "t5": m.make("unigram_model", N.Sequence([N.Precompiled(table), N.Replace(Regex(" {2,}"), " ")]), P.Metaspace(),
                     template(after="</s>"), D.Metaspace(), ends),
        "xlm-roberta": m.make("unigram_model", N.NFKC(), P.Sequence([P.WhitespaceSplit(), P.Metaspace()]), template("<s>", "</s>"), D.Metaspace(),
                              ends + added(("<mask>", {"lstrip": True}))),
        "albert": m.make("unigram_model", N.Sequence([N.Replace("``", '"'), N.Replace("''", '"'), N.NFKD(), N.StripAccents(), N.Lowercase(),
                                                      N.Precompiled(table)]), P.Metaspace(), template("<s>", "</s>"), D.Metaspace(), ends),
        "unigram with bytes": m.make("unigram_model", N.Nmt(), P.Metaspace("▁", "never", False), decoder=spm, tokens=ends, change=with_bytes),
        "whole words": m.make("words_model", N.Lowercase(), P.Whitespace(), tokens=added(("<unk>", {}), ("the", {"single_word": True, "lstrip": True}))),
        "strip, first": m.make("characters_model", N.Sequence([N.Strip(right=False), N.Replace(Regex("[aeiou]+"), "")]),
                               P.Metaspace("▁", "first"), decoder=D.Metaspace("▁", "never"), tokens=ends + added(("<b>", {"special": False, "normalized": True}))),
    }
    for behavior in ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"):
        steps = [regex(r"\d", behavior), P.Split("a", behavior, True), P.Punctuation(behavior), regex(r"(?=ti)|\s", behavior)]
        result[f"splits, {behavior}"] = m.make("bytes_model", pre=bytes_after(*steps), tokens=text_end, **level)
        result[f"words, {behavior}"] = m.make("bytes_model", pre=bytes_after(regex(r"\w+", behavior, True)), tokens=text_end, **level)
    return result
