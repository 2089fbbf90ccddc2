"""An `llm` step whose agent has tools, as the steps that it comes to.

`triage` becomes a step that holds two: `triage.ask` asks the model, and `triage.calls`
makes the calls it answers with, each with its gate (`triage.allow-refund`) before the
step of its template (`triage.call-refund`). Then the model is asked again. So each turn
and each call is a step like any other: durable, in the history, and to be undone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from engine.definition.graph import END
from engine.definition.kinds import (
    Approval,
    Llm,
    Tool,
    Use,
)
from engine.definition.model import (
    Agent,
    Calls,
    Definition,
    Problem,
    Retry,
    Route,
    Step,
    StepTemplate,
    Turns,
    with_lists,
)
from engine.definition.outside import reached_by
from engine.definition.replacing import link_use
from engine.errors import InvalidDefinition

Library = Mapping[str, Definition]

MAX_TURNS = 10
ASK = ".ask"  # behind the id of a step that asks in turns: of what asks
CALL = "call"  # what templates call the call that they are for


def unfold_all(
    steps: tuple[Step, ...], library: Library, around: tuple[str, ...] = ()
) -> tuple[Step, ...]:
    """Linked steps with those that ask in turns unfolded, at any depth.

    `around` are the agents whose tools these steps are. Raises InvalidDefinition for an
    agent whose tools ask the agent itself.
    """
    return tuple(unfold(step, library, around) for step in steps)


def unfold(step: Step, library: Library, around: tuple[str, ...]) -> Step:
    match step.do:
        case Llm(agent=str(name)) as do:
            agent = library[f"agent/{name}"]
            assert isinstance(agent, Agent)
            if not agent.tools:
                return step
            if name in around:
                raise InvalidDefinition([leads_back(step, name)])
            return in_turns(step, do, agent, library, (*around, name))
        case _:
            return with_lists(step, lambda steps: unfold_all(steps, library, around))


def in_turns(
    step: Step, do: Llm, agent: Agent, library: Library, around: tuple[str, ...]
) -> Step:
    """The step that holds the asking and the calling.

    How often it is tried, for how long, and what its prompt reads is the asking's.
    """
    asks, calls = step.id + ASK, f"{step.id}.calls"
    most = do.max_turns or agent.max_turns or MAX_TURNS
    asked = f"outputs['{asks}']"
    tools = tuple(linked(tool, library) for tool in agent.tools)
    asking = Step(
        id=asks,
        kind=step.kind,
        do=replace(do, tools=tools),
        title=step.title,
        requires=step.requires,
        types=step.types,
        with_=step.with_,
        retry=step.retry,
        timeout=step.timeout,
        output=step.output,
        safe=step.safe,
        template=step.template,
        template_inputs=step.template_inputs,
        route=(Route(to=END, when=f"not ({asked}.calls or {asked}.wrong)"),),
        max_visits=most,
    )
    lists = {
        tool.use: tuple(steps_of_call(step.id, tool, library, around)) for tool in tools
    }
    calling = Step(
        id=calls,
        kind="calls",
        do=Calls(asks=asks, tools=lists),
        route=(Route(to=asks),),
        max_visits=most,
    )
    return replace(
        step,
        do=Turns(asks=asks, steps=(asking, calling)),
        requires=(),
        types={},
        with_={},
        retry=Retry(),
        timeout=None,
        template=None,
        template_inputs={},
    )


def asker(step_id: str) -> str:
    """The id of the step as it is written, of the one that asks for it."""
    return step_id.removesuffix(ASK)


def linked(tool: Tool, library: Library) -> Tool:
    """The tool with what the model has to give, and what its template says it does."""
    template = template_of(tool, library)
    inputs = {n: f for n, f in template.inputs.items() if n not in tool.with_}
    about = template.description or template.title
    return replace(tool, inputs=inputs, about=about)


def steps_of_call(
    step_id: str, tool: Tool, library: Library, around: tuple[str, ...]
) -> Iterator[Step]:
    """The gate before a call, unless it needs none, and the call."""
    template = template_of(tool, library)
    approve = approved_when(tool, template)
    given = {
        name: f"{{{{ {CALL}.arguments['{name}'] }}}}"
        for name in template.inputs
        if name not in tool.with_
    }
    with_ = tool.with_ | given
    if approve != "never":
        title = tool.gate.title or f"Let {step_id} call {tool.use}?"
        # It sees `inputs` just as the call will: what is shown is what is done.
        yield Step(
            id=f"{step_id}.allow-{tool.use}",
            kind="approval",
            do=replace(tool.gate, title=title, show=("inputs",)),
            when=None if approve == "always" else approve,
            with_=with_,
            template=template.name,
            template_inputs=template.inputs,
        )
    use = Use(name=tool.use)
    call = Step(id=f"{step_id}.call-{tool.use}", kind="use", do=use, with_=with_)
    yield unfold(link_use(call, use, library), library, around)


def approved_when(tool: Tool, template: StepTemplate) -> str:
    """always, never or an expression: what the tool says, or else what is careful."""
    if tool.approve is not None:
        return tool.approve
    body = template.body
    trusted = tool.unattended or body.unattended or isinstance(body.do, Approval)
    return "never" if trusted or reached_by(body) is None else "always"


def asks_by_tools(agent: Agent, library: Library) -> bool:
    """Whether a person may be asked before some tool of an agent is called."""
    return any(
        approved_when(tool, template_of(tool, library)) != "never"
        for tool in agent.tools
        if f"step/{tool.use}" in library
    )


def template_of(tool: Tool, library: Library) -> StepTemplate:
    template = library[f"step/{tool.use}"]
    assert isinstance(template, StepTemplate)
    return template


def leads_back(step: Step, agent: str) -> Problem:
    message = f"`{step.id}` asks `{agent}`, among whose tools it is"
    return Problem(f"agent/{agent}", 0, 0, message, "take it out of its `tools`")
