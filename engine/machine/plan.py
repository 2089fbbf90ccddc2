"""A linked workflow with its graph: all that the rules need to know of a file."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from engine.definition.graph import Edge, Graph, Node, edges
from engine.definition.kinds import SubRun
from engine.definition.model import Do, Parallel, Step, Workflow, all_steps, kind_of
from engine.machine.places import undo_of

if TYPE_CHECKING:
    from engine.machine.needing import Needs


class Plan:
    def __init__(self, workflow: Workflow, graph: Graph) -> None:
        self.workflow = workflow
        self.graph = graph
        self.steps = {step.id: step for step in all_steps(workflow)}
        self.steps |= {
            undo_of(step.id): undoing(step, step.undo or step.do)
            for step in all_steps(workflow)
            if step.undo is not None or isinstance(step.do, SubRun)
        }
        self.top = frozenset(step.id for step in workflow.steps)
        self.parallels = [
            name for name, step in self.steps.items() if isinstance(step.do, Parallel)
        ]
        # Whether any branch may end early: most plans have none to look at.
        self.cancels = any(
            branch.cancel_when is not None
            for step in self.steps.values()
            if isinstance(step.do, Parallel)
            for branch in step.do.branches
        )

    @cached_property
    def needs(self) -> Needs:
        """What of its context each step needs, and what is looked up at the start."""
        from engine.machine.needing import needs  # Jinja, where there is any context

        return needs(self)

    @cached_property
    def sure(self) -> dict[str, tuple[str, ...]]:
        """The steps a run that goes well comes to, unless one of these is false."""
        from engine.machine.foreseeing import sure

        return sure(self)

    @cached_property
    def foreseen(self) -> dict[str, tuple[str, ...]]:
        """Those of them before which something may have been paid for."""
        from engine.machine.foreseeing import after_paying

        after = after_paying(self)
        return {step: whens for step, whens in self.sure.items() if step in after}

    @cached_property
    def edges(self) -> list[Edge]:
        """Every way a run can go: seldom asked for."""
        return edges(self.graph, self.workflow)

    @cached_property
    def lists(self) -> dict[str, tuple[str, ...]]:
        """The steps of each list, by its name: of the run, a branch, a loop's body."""
        found: dict[str, tuple[str, ...]] = {}
        for step, node in self.graph.nodes.items():
            found[node.inside] = (*found.get(node.inside, ()), step)
        return found

    def node(self, step: str) -> Node:
        return self.graph.nodes[step]

    def in_graph(self, step: str) -> bool:
        """Whether a step stands in a list where steps wait for what they need."""
        return self.graph.nodes[step].inside in self.graph.graphs


def undoing(step: Step, do: Do) -> Step:
    """What undoes a step, as a step of its own: with the same patience."""
    return Step(
        id=undo_of(step.id),
        kind=kind_of(do),
        do=do,
        title=f"Undo {step.title or step.id}",
        with_=step.with_,
        retry=step.retry,
        timeout=step.timeout,
        template=step.template,
        template_inputs=step.template_inputs,
    )
