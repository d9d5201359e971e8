#!/usr/bin/env python3
"""Makes Tests/AssayTextTests/Fixtures/templates.json: chat templates rendered by transformers, and
snippets rendered by Jinja in the environment that transformers makes for templates.

Needs: pip install transformers jinja2 (5.23.0 and 3.1.6 made the committed file). Run from the root of
the repository:
    python3 scripts/make-template-fixtures.py

The templates in Tests/AssayTextTests/Fixtures/templates/ were written for these tests, in the style of
what model families publish. Each line of snippets.txt there is one snippet; ¶ stands for a newline, → for
a tab, ␍ for a carriage return.
"""

import datetime
import json
import pathlib

import jinja2
from transformers.utils import chat_template_utils

FIXTURES = pathlib.Path("Tests/AssayTextTests/Fixtures")
NOW = datetime.datetime(2025, 3, 9, 14, 5, 7, 123456)


class FixedTime(datetime.datetime):
    """A clock that stands still, so that the file is the same every time."""

    @classmethod
    def now(cls, tz=None):
        return NOW


chat_template_utils.datetime = FixedTime

# --- Chats ------------------------------------------------------------------------------------------

PLAIN = [{"role": "user", "content": "Hello!"}]
TURNS = [
    {"role": "system", "content": "You are terse. "},
    {"role": "user", "content": "What's 2 + 2?"},
    {"role": "assistant", "content": " 4 "},
    {"role": "user", "content": "And <b>\"3\"</b> & é 日本?\n"},
]
WITHOUT_SYSTEM = TURNS[1:]
PARTS = [
    {"role": "user", "content": [{"type": "text", "text": "Look: "}, {"type": "image"},
                                 {"type": "text", "text": "what is it?"}]},
    {"role": "assistant", "content": [{"type": "text", "text": "A cat."}]},
    {"role": "user", "content": "Sure?"},
]
TWICE = [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]
TOOL_CALLS = [
    {"role": "system", "content": "Use tools."},
    {"role": "user", "content": "Weather in Zürich?"},
    {"role": "assistant", "content": None, "tool_calls": [
        {"id": "call00001", "type": "function",
         "function": {"name": "weather", "arguments": {"city": "Zürich", "days": 2, "metric": True}}}]},
    {"role": "tool", "tool_call_id": "call00001", "name": "weather", "content": "{\"temp\": 3.5}"},
    {"role": "assistant", "content": "3.5 °C."},
    {"role": "user", "content": "Thanks"},
]
TWO_CALLS = TOOL_CALLS[1:2] + [
    {"role": "assistant", "content": "Let me see.", "tool_calls": [
        {"id": "abcdefghi", "type": "function",
         "function": {"name": "weather", "arguments": "{\"city\": \"Bern\"}"}},
        {"id": "jklmnopqr", "type": "function",
         "function": {"name": "add", "arguments": {"a": 1, "b": [2.5, None]}}}]},
    {"role": "tool", "tool_call_id": "abcdefghi", "name": "weather", "content": "4"},
    {"role": "tool", "tool_call_id": "jklmnopqr", "name": "add", "content": "5"},
]
THINKING = [
    {"role": "user", "content": "Hard one"},
    {"role": "assistant", "content": "<think>\nhm\n</think>\n\nEasy."},
    {"role": "user", "content": "Next"},
    {"role": "assistant", "content": "Done.", "reasoning_content": "\nstep 1\n"},
    {"role": "user", "content": "Last"},
]
TOOLS = [
    {"type": "function", "function": {
        "name": "weather", "description": "Says the weather.\nBriefly.",
        "parameters": {"type": "object", "properties": {
            "city": {"type": "string", "description": "A \"city\""},
            "days": {"type": "integer", "enum": [1, 2, 3]}}, "required": ["city"]},
        "return": {"type": "string"}}},
    {"type": "function", "function": {
        "name": "add", "description": "Adds <a> & <b>.",
        "parameters": {"type": "object", "properties": {
            "a": {"type": ["number", "null"]}, "b": {"type": "array", "items": {"type": "number"}}}}}},
]
CHATS = {
    "plain": PLAIN, "turns": TURNS, "without system": WITHOUT_SYSTEM, "parts": PARTS, "twice": TWICE,
    "tool calls": TOOL_CALLS, "two calls": TWO_CALLS, "thinking": THINKING,
    "assistant first": [{"role": "assistant", "content": "Hi"}],
    "odd role": [{"role": "narrator", "content": "Once"}],
    "empty content": [{"role": "user", "content": ""}],
    "no content": [{"role": "user"}],
}
OPTIONS = [{}, {"enable_thinking": False}, {"date_string": "1 Jan 2025", "custom": [1, {"b": 2, "a": 1}]}]


def error_of(problem):
    """What is recorded of an error: its kind, and what a template raised itself."""
    out = {"error": type(problem).__name__}
    if type(problem) is jinja2.exceptions.TemplateError:
        out["message"] = str(problem)
    if isinstance(problem, jinja2.exceptions.TemplateSyntaxError):
        out["line"] = problem.lineno
    return out


def without_nulls(messages):
    """What apply_chat_template does before it renders."""
    return [{k: v for k, v in message.items() if v is not None} for message in messages]


def families():
    cases = []
    for path in sorted((FIXTURES / "templates").glob("*.jinja")):
        source = path.read_text(encoding="utf-8")
        for chat, messages in CHATS.items():
            for tools in (None, TOOLS):
                for prompt in (False, True):
                    options = OPTIONS[len(cases) % len(OPTIONS)]
                    try:
                        rendered, _ = chat_template_utils.render_jinja_template(
                            [without_nulls(messages)], tools=tools, chat_template=source,
                            add_generation_prompt=prompt, bos_token="<s>", eos_token="</s>", **options)
                        result = {"text": rendered[0]}
                    except Exception as problem:  # any error of the template is a result
                        result = error_of(problem)
                    cases.append({"template": path.stem, "chat": chat, "tools": tools is not None,
                                  "prompt": prompt, "options": OPTIONS.index(options), **result})
    return cases


VARIABLES = {
    "n": 7, "f": 2.5, "s": "Hello World", "t": True, "z": None, "e": "", "u": "Zürich 日本 👩‍🔬",
    "l": [3, 1, 2], "w": ["b", "A", "c", "a"], "d": {"b": 1, "a": [1, 2], "items": "x"}, "m": [],
    "ms": [{"role": "user", "content": "hi", "n": 2}, {"role": "bot", "content": "yo", "n": 1},
           {"role": "user", "content": "ok"}],
    "nested": {"x": {"y": [{"z": "deep"}]}}, "html": "<a href=\"x\">&'</a>",
    "lines": "one\n\ntwo\n  three", "padded": "  \t pad \n",
}


def snippets():
    cases = []
    for line in (FIXTURES / "templates" / "snippets.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        source = line.replace("¶", "\n").replace("→", "\t").replace("␍", "\r")
        try:
            template = chat_template_utils._compile_jinja_template(source)
            result = {"text": template.render(**json.loads(json.dumps(VARIABLES)))}
        except Exception as problem:
            result = error_of(problem)
        cases.append({"source": source, **result})
    return cases


def main():
    out = {
        "now": [NOW.year, NOW.month, NOW.day, NOW.hour, NOW.minute, NOW.second, NOW.microsecond],
        "variables": VARIABLES, "chats": {k: without_nulls(v) for k, v in CHATS.items()}, "tools": TOOLS,
        "options": OPTIONS, "families": families(), "snippets": snippets(),
    }
    path = FIXTURES / "templates.json"
    path.write_text(json.dumps(out, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(f"{path}: {len(out['families'])} renderings, {len(out['snippets'])} snippets, "
          f"{path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
