#!/usr/bin/env python3
"""Shows that Assay and huggingface_hub share one cache, with a tiny model and a hub on this computer.

    .venv/bin/python scripts/hub-transcript.py [--assay .build/release/assay] [--keep DIR]

First `assay model pull` fetches the model and transformers opens it from the cache, offline; then, in
an empty cache, huggingface_hub fetches it and `assay model info` opens it, offline. At last a pull is
killed half way and goes on. Prints every command and what it said; exits 1 if anything differs.
"""

import argparse
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

REPOSITORY = "owner/tiny"
COMMIT = hashlib.sha1(b"a commit").hexdigest()
TOKEN = "hf_example"
PROGRAM = r"""
import os, sys
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging
logging.disable_progress_bar()
model = AutoModelForCausalLM.from_pretrained(sys.argv[1], local_files_only=True)
tokenizer = AutoTokenizer.from_pretrained(sys.argv[1], local_files_only=True)
print(type(model).__name__, sum(p.numel() for p in model.parameters()), "parameters,",
      len(tokenizer), "tokens")
"""
DOWNLOAD = r"""
import sys
from huggingface_hub import snapshot_download
from huggingface_hub.utils import disable_progress_bars
disable_progress_bars()
print(snapshot_download(sys.argv[1], allow_patterns=["*.json", "*.safetensors"]))
"""


def make_model(folder, large):
    """A tiny Llama model with a tokenizer, in shards, made with transformers."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(
        ["The river runs past the old mill."],
        trainers.BpeTrainer(
            vocab_size=300, special_tokens=["<|endoftext|>"], show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=300, hidden_size=512 if large else 64, intermediate_size=4096 if large else 128,
        num_hidden_layers=4 if large else 2, num_attention_heads=4, num_key_value_heads=2,
        max_position_embeddings=128, tie_word_embeddings=True)
    shard = "200MB" if large else "100KB"
    LlamaForCausalLM(config).save_pretrained(folder, max_shard_size=shard)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|endoftext|>").save_pretrained(folder)
    (folder / "README.md").write_text("A tiny model.\n")


class Hub(ThreadingHTTPServer):
    """The files of one repository, as a hub serves them; weights lie on a second server."""

    daemon_threads = True

    def __init__(self, files, store=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.store = files, store
        self.slow = False
        self.log = []
        self.sent = 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        # a client that is killed cuts its connections: that is what is shown
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer(body=False)

    def do_GET(self):
        self.answer(body=True)

    def reply(self, status, headers, data, body):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if not body:
            return
        step = 1 << 16
        for start in range(0, len(data), step):
            self.wfile.write(data[start:start + step])
            self.server.sent += len(data[start:start + step])
            if self.server.slow:
                time.sleep(0.02)

    def answer(self, body):
        server = self.server
        server.log.append((self.command, self.path, self.headers.get("Authorization")))
        path = self.path.split("?")[0]
        if server.store is None:  # the store: bytes, by the name in the address
            return self.content(server.files[path.rsplit("/", 1)[-1]], {}, body)
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self.reply(401, {"X-Error-Code": "GatedRepo"}, b"", body)
        if path.startswith(f"/api/models/{REPOSITORY}/tree/"):
            return self.listing(
                [self.entry(name, data) for name, data in server.files.items()], body)
        if path.startswith(f"/api/models/{REPOSITORY}"):
            siblings = [{"rfilename": name} for name in server.files]
            return self.listing(
                {"id": REPOSITORY, "modelId": REPOSITORY, "sha": COMMIT, "siblings": siblings,
                 "private": False, "tags": [], "downloads": 0, "likes": 0}, body)
        match = re.fullmatch(rf"/{REPOSITORY}/resolve/(?:main|{COMMIT})/([^/]+)", path)
        if not match or match[1] not in server.files:
            code = "EntryNotFound" if match else "RepoNotFound"
            return self.reply(404, {"X-Error-Code": code, "X-Repo-Commit": COMMIT}, b"", body)
        data = server.files[match[1]]
        about = {"X-Repo-Commit": COMMIT}
        if match[1].endswith(".safetensors"):
            about |= {
                "Location": f"{server.store.address}/{match[1]}",
                "X-Linked-Etag": f'"{hashlib.sha256(data).hexdigest()}"',
                "X-Linked-Size": str(len(data))}
            return self.reply(302, about, b"", body)
        return self.content(data, about | {"ETag": f'"{git_blob(data)}"'}, body)

    def entry(self, name, data):
        entry = {"type": "file", "path": name, "size": len(data), "oid": git_blob(data)}
        if name.endswith(".safetensors"):
            entry["lfs"] = {
                "oid": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 130}
        return entry

    def listing(self, value, body):
        data = json.dumps(value).encode()
        return self.reply(200, {"Content-Type": "application/json"}, data, body)

    def content(self, data, headers, body):
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not match:
            return self.reply(200, headers, data, body)
        first, last = int(match[1]), int(match[2] or len(data) - 1)
        headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
        return self.reply(206, headers, data[first:last + 1], body)


def git_blob(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def hub(folder):
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    return Hub(files, store=Hub(files))


class Transcript:
    """Runs commands and prints them with what they said, without what changes from run to run."""

    def __init__(self, folder):
        self.folder = folder

    def shown(self, text):
        text = text.replace(str(self.folder), "DIR")
        return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text).rstrip()

    def title(self, text):
        print(f"\n== {text}", flush=True)

    def run(self, command, show, environment, expect=0):
        print(f"$ {show}", flush=True)
        done = subprocess.run(
            [str(part) for part in command], env={**os.environ, **environment},
            capture_output=True, text=True, check=False)
        for line in self.shown(done.stdout + done.stderr).splitlines():
            print(f"  {line}")
        if done.returncode != expect:
            sys.exit(f"hub-transcript: error: exit code {done.returncode}, expected {expect}")
        return done.stdout

    def tree(self, cache):
        for path in sorted(cache.rglob("*")):
            if path.is_symlink() or path.is_file():
                link = f" -> {os.readlink(path)}" if path.is_symlink() else ""
                print(f"  {path.relative_to(cache)}{link}")

    def check(self, holds, text):
        print(f"  {'yes' if holds else 'NO'}: {text}", flush=True)
        if not holds:
            sys.exit("hub-transcript: error: that does not hold")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--assay", default=".build/release/assay", type=Path)
    parser.add_argument("--keep", type=Path, help="a folder for all files (default: a temporary one)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.keep or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        play(Transcript(folder), options.assay.resolve(), folder)


def play(transcript, assay, folder):
    source, big = folder / "source", folder / "big"
    for place, large in ((source, False), (big, True)):
        place.mkdir(exist_ok=True)
        make_model(place, large)
    server = hub(source)
    online = {
        "HF_ENDPOINT": server.address, "HF_TOKEN": TOKEN, "HF_HUB_DISABLE_XET": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "", "TRANSFORMERS_OFFLINE": ""}
    offline = {**online, "HF_ENDPOINT": "http://127.0.0.1:9", "HF_HUB_OFFLINE": "1", "HF_TOKEN": ""}

    def home(name):
        return {"HF_HOME": str(folder / name), "HF_HUB_CACHE": ""}

    def cache(name):
        # huggingface_hub takes an empty variable for an empty path
        return {"HF_HOME": str(folder / name), "HF_HUB_CACHE": str(folder / name / "hub")}

    transcript.title("without a token, the model is gated")
    transcript.run(
        [assay, "model", "pull", REPOSITORY], f"assay model pull {REPOSITORY}",
        {**online, **home("ours"), "HF_TOKEN": ""}, expect=1)

    transcript.title("Assay pulls, transformers opens")
    out = transcript.run(
        [assay, "model", "pull", REPOSITORY, "--json"], f"assay model pull {REPOSITORY} --json",
        {**online, **home("ours")})
    pulled = json.loads(out.splitlines()[-1])
    transcript.tree(folder / "ours" / "hub")
    transcript.check(pulled["commit"] == COMMIT, "the commit is the hub's")
    names = sorted(path.name for path in Path(pulled["directory"]).iterdir())
    transcript.check("README.md" not in names, "the README was not fetched")
    transcript.check(
        all((Path(pulled["directory"]) / name).read_bytes() == server.files[name] for name in names),
        "every file is the hub's, byte for byte")
    transcript.check(
        all(token is None for _, _, token in server.store.log),
        "the server with the weights never saw the token")
    transcript.run(
        [sys.executable, "-c", PROGRAM, REPOSITORY],
        f'AutoModelForCausalLM.from_pretrained("{REPOSITORY}", local_files_only=True)',
        {**offline, **cache("ours")})

    transcript.title("huggingface_hub takes Assay's files for its own and fetches none again")
    before = len(server.store.log)
    transcript.run(
        [sys.executable, "-c", DOWNLOAD, REPOSITORY],
        f'snapshot_download("{REPOSITORY}", allow_patterns=[...])', {**online, **cache("ours")})
    transcript.check(len(server.store.log) == before, "no weights were fetched")

    transcript.title("huggingface_hub downloads, Assay opens")
    transcript.run(
        [sys.executable, "-c", DOWNLOAD, REPOSITORY],
        f'snapshot_download("{REPOSITORY}", allow_patterns=[...])', {**online, **cache("theirs")})
    transcript.tree(folder / "theirs" / "hub")
    transcript.run(
        [assay, "model", "info", "--model", REPOSITORY], f"assay model info --model {REPOSITORY}",
        {**offline, **home("theirs")})
    transcript.run(
        [assay, "model", "pull", REPOSITORY], f"HF_HUB_OFFLINE=1 assay model pull {REPOSITORY}",
        {**offline, **home("theirs")})
    before = len(server.store.log)
    transcript.run(
        [assay, "model", "pull", REPOSITORY], f"assay model pull {REPOSITORY}",
        {**online, **home("theirs")})
    transcript.check(len(server.store.log) == before, "no weights were fetched again")
    kill(transcript, assay, folder, hub(big), online, home("killed"))
    print("\nhub-transcript: all of it holds")


def kill(transcript, assay, folder, server, online, home):
    transcript.title("a pull that is killed goes on")
    server.store.slow = True
    environment = {**os.environ, **online, **home, "HF_ENDPOINT": server.address}
    command = [str(assay), "model", "pull", REPOSITORY, "--quiet"]
    print(f"$ assay model pull {REPOSITORY} & sleep; kill -9")
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    time.sleep(4)
    process.send_signal(signal.SIGKILL)
    process.wait()
    transcript.tree(folder / "killed" / "hub")
    total = sum(len(d) for n, d in server.files.items() if n.endswith(".safetensors"))
    transcript.check(
        not list((folder / "killed" / "hub").rglob("snapshots/*")), "nothing shows in snapshots/")
    server.store.slow = False
    seen = server.store.sent
    out = transcript.run(
        [assay, "model", "pull", REPOSITORY, "--json"], f"assay model pull {REPOSITORY} --json",
        {**online, **home, "HF_ENDPOINT": server.address})
    folder = Path(json.loads(out.splitlines()[-1])["directory"])
    transcript.check(
        (folder / "model.safetensors").read_bytes() == server.files["model.safetensors"],
        "the weights are whole")
    again = server.store.sent - seen
    transcript.check(
        0 < again < total, f"{again} bytes were sent after the kill, of {total} in all")


main()
