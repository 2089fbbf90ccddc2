"""Text that nobody has looked at must not become a command or a request.

What a model wrote, a server sent or a file held is foreign, and so is the name of a
file that only had to fit a pattern. A shell or http step that reads it needs a gate on
every way from where it came from, unless the definition, which is trusted, says
`unattended: true`. A gate that is skipped, expires or is withdrawn has been answered by
nobody. What an artifact or a `set` step makes of foreign text is foreign as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine.definition.checks import texts
from engine.definition.checks.checking import Checking
from engine.definition.checks.flow import Ways
from engine.definition.checks.lists import Listed
from engine.definition.checks.reading import names_in
from engine.definition.checks.texts import Text
from engine.definition.checks.used import Library
from engine.definition.kinds import (
    Approval,
    Artifact,
    Http,
    Llm,
    SetValues,
    SubRun,
    Wait,
)
from engine.definition.marks import Path
from engine.definition.model import (
    ArtifactTemplate,
    Branch,
    ContextSource,
    Do,
    ForEach,
    Parallel,
    Source,
    Step,
    every_step,
)
from engine.definition.outside import outside
from engine.definition.patterns import is_pattern
from engine.definition.shapes.gate import ENDINGS
from engine.errors import TemplateError

START = ""  # where the context comes from: before the first step


def check_unattended(
    checking: Checking,
    lists: list[Listed],
    linked: Mapping[str, Step],
    context: Mapping[str, ContextSource],
    library: Library,
    ways: Ways,
) -> None:
    """Tell each step that lets foreign text out before anyone has seen it."""
    flow = Flow(linked, lists, context, library, ways)
    for name, place in ((s.id, at) for listed in lists for s, at in listed.places()):
        step = linked[name]
        check_undo(checking, flow, step, place)
        what = outside(step.do)
        if what is None or step.unattended:
            continue
        read = flow.unseen(step)
        if read:
            names = ", ".join(read)
            words = f"`{step.id}` puts {names} into {what}, and nobody has looked at it"
            hint = "put a gate on the way, or say `unattended: true`"
            checking.tell(place, words, hint)


def takes_any_name(do: Do) -> bool:
    """Whether it leaves the name of a file that someone else has chosen."""
    return isinstance(do, Wait) and do.file is not None and is_pattern(do.file)


def check_undo(checking: Checking, flow: Flow, step: Step, place: Path) -> None:
    """What undoes a step reads what the step has left as well."""
    what = outside(step.undo)
    read = flow.unseen_undoing(step) if what and not step.unattended else []
    if read:
        names = ", ".join(read)
        words = f"the undo of `{step.id}` puts {names} into {what}, seen by nobody"
        hint = "put a gate on the way, or say `unattended: true`"
        checking.tell((*place, "undo"), words, hint, at_key=True)


class Flow:
    """Where foreign text comes from, and how far it gets without meeting a gate."""

    def __init__(
        self,
        steps: Mapping[str, Step],
        lists: list[Listed],
        context: Mapping[str, ContextSource],
        library: Library,
        ways: Ways,
    ) -> None:
        self._steps = steps
        self._listed = {step.id: listed for listed in lists for step in listed.steps}
        self._library = library
        self._spoken = {step.replace("-", "_"): step for step in steps}
        self._context = [
            tuple(name.split("."))
            for name, source in context.items()
            if is_foreign(source, library)
        ]
        gates = unanswered(steps, ways)
        self._reach = {
            START: reach(ways.first, gates, ways.onward),
            **{step: reach(ways.onward[step], gates, ways.onward) for step in steps},
        }
        self._foreign = {
            step.id
            for step in steps.values()
            if isinstance(step.do, (Llm, Http, SubRun)) or takes_any_name(step.do)
        }
        self._carry()

    def unseen(self, step: Step) -> list[str]:
        """The foreign names a step reads that come to it without a gate between."""
        found = {
            ".".join(str(part) for part in name[:2])
            for name in self._read(step)
            for origin in self._origins(name, step)
            if step.id in self._reach[origin] or self._beside(origin, step.id)
        }
        return sorted(found)

    def _beside(self, origin: str, step: str) -> bool:
        """Whether two steps stand in branches that are at work at the same time.

        No gate of either branch is sure to come between them.
        """
        if origin == START:
            return False
        one, other = self._listed[origin].within(), self._listed[step].within()
        return any(one[both] != other[both] for both in one.keys() & other.keys())

    def unseen_undoing(self, step: Step) -> list[str]:
        """The same of what its undo reads, to which its own output is new."""
        found = {
            ".".join(str(part) for part in name[:2])
            for text in texts.of_undo(step, ())
            for name in read_in(text)
            for origin in self._origins(name, step)
            if origin == step.id or step.id in self._reach[origin]
        }
        return sorted(found)

    def _carry(self) -> None:
        """What is made of foreign text is foreign, however many steps it takes."""
        made = [
            s for s in self._steps.values() if isinstance(s.do, (Artifact, SetValues))
        ]
        before = -1
        while before != len(self._foreign):
            before = len(self._foreign)
            self._foreign |= {step.id for step in made if self.unseen(step)}

    def _origins(self, name: tuple[str | int, ...], step: Step) -> Iterator[str]:
        root = name[0]
        if root in ("outputs", "artifacts", "errors") and len(name) > 1:
            known = self._spoken.get(str(name[1]).replace("-", "_"), "")
            yield from self._foreign_in((self._steps[known],) if known else ())
        elif root == "branches":
            of = str(name[1]).replace("-", "_") if len(name) > 1 else ""
            for branch in self._branches(of):
                yield from self._foreign_in(branch.steps)
        elif loop := self._loop(str(root), step):
            for text in texts.of_do(loop.do, ()):
                for read in read_in(text):
                    yield from self._origins(read, loop)
        elif any(name[: len(known)] == known for known in self._context):
            yield START

    def _foreign_in(self, steps: tuple[Step, ...]) -> Iterator[str]:
        """The foreign ones of some steps, and of those inside of them."""
        return (s.id for s in every_step(steps) if s.id in self._foreign)

    def _branches(self, name: str) -> Iterator[Branch]:
        """The branches that are called so; all of them without a name."""
        for step in self._steps.values():
            if isinstance(step.do, Parallel):
                for branch in step.do.branches:
                    if name in ("", branch.id.replace("-", "_")):
                        yield branch

    def _loop(self, name: str, step: Step) -> Step | None:
        """The loop around a step that calls its items so."""
        listed = self._listed.get(step.id)
        for outer in listed.around if listed else ():
            if isinstance(outer.do, ForEach) and outer.do.name == name:
                return outer
        return None

    def _read(self, step: Step) -> Iterator[tuple[str | int, ...]]:
        for text in (*texts.of_do(step.do, ()), *texts.of_with(step.with_, ())):
            yield from read_in(text)
        if isinstance(step.do, Artifact):
            template = self._library.get(f"artifact/{step.do.use}")
            if isinstance(template, ArtifactTemplate):
                for text in texts.of_artifact(template.body, ()):
                    yield from read_in(text)


def read_in(text: Text) -> Iterable[tuple[str | int, ...]]:
    try:
        return names_in(text)
    except TemplateError:
        return ()  # told where texts are checked


def is_foreign(source: ContextSource, library: Library) -> bool:
    if source.source is not None:
        named = library.get(f"source/{source.source}")
        return isinstance(named, Source) and is_foreign(named.body, library)
    return source.file is not None or source.http is not None


def unanswered(steps: Mapping[str, Step], ways: Ways) -> dict[str, list[str]]:
    """The gates, and where each leads when nobody answers: by silence or by a skip."""
    found: dict[str, list[str]] = {}
    for step in steps.values():
        if not isinstance(step.do, Approval):
            continue
        kind, _, target = (step.do.on_timeout or "").partition(":")
        silent = [route.to for route in step.route if route.choice in ENDINGS]
        silent += [target] if kind == "route" else []
        if step.when is not None:
            node = ways.graph.nodes[step.id]
            graph = node.inside in ways.graph.graphs
            after = [node.next] if node.next else ways.out_of(node.inside)
            silent += ways.onward[step.id] if graph else after
        silent += ways.finally_  # it is also come to when the run is cancelled
        found[step.id] = [to for to in silent if to in steps]
    return found


def reach(
    begin: Iterable[str],
    gates: Mapping[str, list[str]],
    onward: Mapping[str, list[str]],
) -> set[str]:
    """The steps that can be come to without anyone's answer at a gate."""
    found: set[str] = set()
    waiting = list(begin)
    while waiting:
        step = waiting.pop()
        if step not in found:
            found.add(step)
            waiting += gates[step] if step in gates else onward[step]
    return found
