"""A step of each kind to begin with: sound as it stands, with words to replace."""

from __future__ import annotations

from engine.definition.base import Json

SKETCHES: dict[str, Json] = {
    "llm": {"prompt": "Say here what the model is asked.\n"},
    "shell": "echo what is to be done",
    "http": {"url": "https://example.com/"},
    "artifact": {
        "form": "page",
        "title": "What it is called",
        "sections": [{"text": "What it says."}],
    },
    "approval": {"title": "Go on?", "choices": ["approve", "reject"]},
    "set": {"note": "a value for later steps"},
    "wait": "1h",
    "fail": "Say here why it can't go on.",
    "python": "module:function",
    "sql": {"query": "select 1"},
}


def sketch(kind: str, own: str) -> Json:
    """What a step of a kind does; `own`, its id, begins the ids of steps in it."""
    match kind:
        case "parallel":
            return {
                "branches": {"one": [inner(f"{own}-one")], "two": [inner(f"{own}-two")]}
            }
        case "for_each":
            return {"in": "[1, 2, 3]", "steps": [inner(f"{own}-each", "{{ item }}")]}
        case _:
            return SKETCHES[kind]


def inner(own: str, note: str = "a value for later steps") -> Json:
    return {"id": own, "set": {"note": note}}


KINDS = (*SKETCHES, "parallel", "for_each")
