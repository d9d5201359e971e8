#!/usr/bin/env python3
"""Talks to `assay serve` with the official OpenAI client, and prints what was checked.

    .venv/bin/python scripts/serve-client.py --assay .build/release/assay [--model smallworld-1m]

Starts the server on a free port, asks it in every way that it knows, compares with `assay model generate`,
and stops it with SIGINT in the middle of a stream, which must end whole. Exits with 1 where anything is not
as it should be.
"""

import argparse
import json
import math
import signal
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / ".venv/clients"))

try:
    import openai
except ImportError:
    sys.exit("serve-client: error: no package openai; make one with scripts/python-peers")

QUESTION = [{"role": "user", "content": "What is the capital of France?"}]
checks = 0


def require(condition, what, seen=""):
    global checks
    if not condition:
        sys.exit(f"serve-client: error: {what} {seen}")
    checks += 1
    print(f"  ✓ {what}")


def refused(kind, what, call):
    try:
        call()
    except kind as error:
        require(True, f"{what}: {error.status_code} {error.body.get('message', '')[:70]}")
        return
    sys.exit(f"serve-client: error: {what}: nothing was refused")


def ask(client, model, arguments):
    print(f"openai {openai.__version__}, model {model}")
    require([m.id for m in client.models.list()] == [model], "the model is listed")
    require(client.models.retrieve(model).id == model, "and can be asked for by name")

    whole = client.chat.completions.create(
        model=model, messages=QUESTION, temperature=0, max_tokens=32, logprobs=True, top_logprobs=3)
    choice = whole.choices[0]
    print(f"    {QUESTION[0]['content']} → {choice.message.content!r}")
    require(choice.finish_reason == "stop", "a chat ends by itself", choice.finish_reason)
    own = subprocess.run(
        [arguments.assay, "model", "generate", "--model", arguments.model, "--chat", "--greedy",
         "--max-new-tokens", "32", "--json", "--prompt", QUESTION[0]["content"]],
        capture_output=True, text=True, check=True)
    require(json.loads(own.stdout)["text"] == choice.message.content, "assay model generate says the same")
    content = choice.logprobs.content
    require("".join(t.token for t in content) == choice.message.content, "its tokens are its text")
    require(all(len(t.top_logprobs) == 3 and t.logprob == t.top_logprobs[0].logprob for t in content),
            "each was the likeliest of three")
    require(all(math.exp(t.logprob) <= 1 for t in content), "log-probabilities are such")
    require(whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens,
            "usage adds up")

    pieces = list(client.chat.completions.create(
        model=model, messages=QUESTION, temperature=0, max_tokens=32, stream=True,
        stream_options={"include_usage": True}))
    said = "".join(p.choices[0].delta.content or "" for p in pieces if p.choices)
    require(said == choice.message.content, f"{len(pieces)} pieces of a stream are the same text")
    require(pieces[-1].usage == whole.usage, "the stream ends with the same usage")

    def sampled(**more):
        done = client.completions.create(
            model=model, prompt="The capital of", max_tokens=16, temperature=1, **more)
        return [c.text for c in done.choices]

    require(sampled(seed=3, n=4) == sampled(seed=3, n=4), "the same seed writes the same texts")
    require(len(set(sampled(seed=3, n=4))) > 1, "of which not all are alike")
    require(sampled(seed=3, top_p=1e-9) == sampled(seed=8, top_p=1e-9), "top_p near 0 leaves no chance")
    text = sampled(seed=3)[0]
    stop = text[len(text) // 2:][:3]
    cut = client.completions.create(
        model=model, prompt="The capital of", max_tokens=16, temperature=1, seed=3, stop=[stop])
    require(cut.choices[0].text == text[:text.index(stop)], f"a text is cut before {stop!r}")
    several = client.completions.create(
        model=model, prompt=["One", "Two"], max_tokens=4, temperature=0, echo=True, logprobs=None)
    require([c.text[:3] for c in several.choices] == ["One", "Two"], "several prompts keep their order")

    refused(openai.NotFoundError, "an unknown model", lambda: client.chat.completions.create(
        model="nobody", messages=QUESTION))
    refused(openai.BadRequestError, "a prompt that is too long", lambda: client.completions.create(
        model=model, prompt="word " * 9000))
    refused(openai.BadRequestError, "a temperature of 9", lambda: client.completions.create(
        model=model, prompt="x", temperature=9))
    refused(openai.BadRequestError, "an unknown role", lambda: client.chat.completions.create(
        model=model, messages=[{"role": "boss", "content": "x"}]))
    refused(openai.APIStatusError, "a request of 40 MB", lambda: client.completions.create(
        model=model, prompt="x" * 40_000_000))


def stop_in_a_stream(client, model, server):
    """SIGINT while a text is written: it is written to its end, and nothing new is taken."""
    stream = client.completions.create(
        model=model, prompt="Once", max_tokens=200, temperature=1, seed=1, n=16, stream=True)
    finished = 0
    for number, piece in enumerate(stream):
        if number == 20:
            server.send_signal(signal.SIGINT)
        finished += sum(c.finish_reason is not None for c in piece.choices)
    require(finished == 16, "what was being written when the server was stopped ends whole", finished)
    require(server.wait(30) == 0, "the server ends with 0")
    try:
        client.models.list()
    except openai.APIConnectionError:
        require(True, "and nobody answers any more")
        return
    sys.exit("serve-client: error: the server still answers")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--assay", default=str(ROOT / ".build/release/assay"))
    parser.add_argument("--model", default="smallworld-4m")
    arguments = parser.parse_args()
    # In float32, which `assay model generate` computes in.
    server = subprocess.Popen(
        [arguments.assay, "serve", arguments.model, "--port", "0", "--json", "--quiet", "--dtype", "float32"],
        stdout=subprocess.PIPE, text=True)
    timer = threading.Timer(240, server.kill)
    timer.start()
    try:
        line = server.stdout.readline()
        if not line:
            sys.exit("serve-client: error: the server did not start")
        about = json.loads(line)
        client = openai.OpenAI(base_url=about["address"], api_key="none", max_retries=0, timeout=120)
        ask(client, about["model"], arguments)
        stop_in_a_stream(client, about["model"], server)
    finally:
        timer.cancel()
        server.kill()
    print(f"serve-client: {checks} checks, none failed")


main()
