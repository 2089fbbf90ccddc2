"""A fork as it is proposed: shown, changed in a form, shown again, and begun."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from engine.definition.base import Json
from engine.definition.fields import accept
from engine.definition.typed import Field, Fields, FieldType
from engine.errors import InvalidValues
from store.records import RunRecord
from tui.screens.confirm import Confirm
from tui.screens.form import Form, Submit, Values
from tui.screens.grace import Grace
from tui.screens.start import with_given
from tui.text import visit_at
from tui.words.verdicts import cost_again, lines_of

if TYPE_CHECKING:
    from engine.changing import Proposal
    from tui.app import Workbench

# Asked beside the inputs, none of which can be called so.
TEXT, OUTPUT = "@text", "@output"
NEWEST, BEGAN = "its file as it is now", "the text it began with"
WHOLE = "output"  # the field of an output that has no fields of its own
CHANGE = "Change what it begins with"
SHOWN = 12  # lines of a preview


class Forking:
    """Of a run, at a visit of a step. What is left empty in a form stays as it was."""

    def __init__(self, bench: Workbench, run: RunRecord, start: str) -> None:
        self.bench = bench
        self.run = run
        self.start = start
        self.proposal: Proposal | None = None
        self.newest = True
        self._inputs: Values = {}
        self._outputs: Values = {}

    async def begin(self) -> None:
        """Show it until it is begun or left; ask at once for inputs that it lacks."""
        bench = self.bench
        try:
            await self._propose(self._inputs, self._outputs, newest=True)
        except InvalidValues:
            await self._change()
        while self.proposal is not None:
            asked = self._question(self.proposal)
            if await bench.push_screen_wait(asked):
                begun = await bench.ask(partial(bench.desk.fork, self.proposal))
                if begun is not None:
                    bench.say(f"{begun} has begun, a fork of {self.run.id}")
                return
            if not asked.changing:
                return
            await self._change()

    def _question(self, proposal: Proposal) -> Confirm:
        text = f"the newest {self.run.workflow}" if self.newest else BEGAN
        told = shortened(lines_of(proposal.verdicts))
        return Confirm(
            f"Begin a new run at {self.start}, by {text}?",
            "\n".join([*told, cost_again(proposal.verdicts)]),
            grace=Grace(self.bench.clock),
            change=CHANGE,
        )

    async def _change(self) -> None:
        """Ask for inputs, the text to go by, and one output; then propose it anew."""
        bench = self.bench
        found = await bench.ask(self._known)
        if found is None:
            return
        inputs, outputs = found
        others = others_of(outputs, behind=await bench.ask(self._is_behind) or False)
        chosen: list[str] = []

        async def take(values: Values) -> None:
            given = {k: v for k, v in values.items() if k in inputs}
            newest = values.get(TEXT, NEWEST) == NEWEST
            await self._propose(given, self._outputs, newest=newest)
            chosen[:] = [str(values[OUTPUT])] if OUTPUT in values else []

        await self._ask("is given", {**inputs, **others}, take)
        for path in chosen:
            await self._change_output(path, outputs[path])

    async def _change_output(self, path: str, fields: Fields) -> None:
        async def take(values: Values) -> None:
            left: Json = accept(fields, values, text=True, noun="output")
            if [*fields] == [WHOLE]:
                left = left[WHOLE]
            outputs = {**self._outputs, path: left}
            await self._propose(self._inputs, outputs, newest=self.newest)

        await self._ask(f"finds that {path} left", fields, take)

    async def _ask(self, what: str, fields: Fields, take: Submit) -> None:
        title = f"The fork at {self.start} {what}"
        form = Form(title, fields, done="Show what it does", submit=take)
        await self.bench.push_screen_wait(form)

    async def _propose(self, inputs: Values, outputs: Values, *, newest: bool) -> None:
        """Raises what `Desk.proposal` does; what was proposed before stays then."""
        propose = partial(
            self.bench.desk.proposal,
            self.run.id,
            visit_at(self.start),
            inputs,
            {visit_at(path): left for path, left in outputs.items()},
            newest=newest,
        )
        self.proposal = await asyncio.to_thread(propose)
        self._inputs, self._outputs, self.newest = inputs, outputs, newest

    def _is_behind(self) -> bool:
        return self.bench.desk.is_behind(self.run.id)

    def _known(self) -> tuple[Fields, dict[str, Fields]]:
        """The inputs with what is given, and the outputs that may be others."""
        from engine.changing import closure_for, outputs_of

        engine = self.bench.desk.engine
        state = engine.load(self.run.id)
        workflow = closure_for(engine, state, newest=self.newest, version="").workflow
        inputs = with_given(workflow.inputs, {**state.inputs, **self._inputs})
        if self.proposal is None:
            return inputs, {}
        found = outputs_of(engine, state, self.proposal)
        edited = {
            path: self._outputs.get(path, left) for path, (_, left) in found.items()
        }
        return inputs, {
            path: fields_of(declared, edited[path])
            for path, (declared, _) in found.items()
        }


def others_of(outputs: Mapping[str, Fields], *, behind: bool) -> Fields:
    """What is asked beside the inputs, where there is a choice."""
    texts = Field(
        title="by",
        required=False,
        has_default=True,
        default=NEWEST,
        enum=(NEWEST, BEGAN),
    )
    other = Field(
        title="another output", required=False, enum=(*outputs,),
        description="of a step before: asked for next",
    )  # fmt: skip
    return {**({TEXT: texts} if behind else {}), **({OUTPUT: other} if outputs else {})}


def fields_of(declared: Fields, left: Json) -> Fields:
    """The fields of an output, with what was left; as it stands where none are said."""
    values = left if isinstance(left, dict) and left else {WHOLE: left}
    fields = declared or {name: Field(type=type_of(v)) for name, v in values.items()}
    return with_given(fields, values)


def type_of(value: Json) -> FieldType:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case list():
            return "array"
        case dict():
            return "object"
        case _:
            return "text"


def shortened(lines: list[str]) -> list[str]:
    more = len(lines) - SHOWN
    return [*lines[:SHOWN], *([f"… and {more} more"] if more > 0 else [])]
