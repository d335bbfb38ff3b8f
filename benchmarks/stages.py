"""Where the CPU goes: named functions of the service, wrapped, each second counted once.

A function's own time is what it took less what wrapped functions inside it took. Time is the
thread's CPU time, so waiting for the store or the network costs nothing here.
"""

import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

_OURS = ("service", "workers", "benchmarks", "__main__")

# The stages in the order a brief passes them, and the functions they consist of.
STAGES: dict[str, tuple[str, ...]] = {
    "due": (
        "service.editions.due_page:due_page",
        "service.editions.queries:briefs_on",
        "service.editions.schedule:schedule_new",
        "service.editions.plan:_PagePlanner._slot",
        "service.editions.plan:plan_due",
    ),
    "candidates": ("service.selection.candidates:load_candidates",),
    "interests": (
        "service.selection.choose:interests_of",
        "service.selection.choose:podcast_stances_of",
        "service.selection.choose:speaker_stances_of",
    ),
    "tastes": ("service.selection.choose:profiles_of",),
    "history": ("service.selection.choose:had_before",),
    "select": ("service.selection.choose:Chooser.choose", "service.selection.choose:chooser_for"),
    "select: score": ("service.selection.page:scores_of",),
    "select: short-list": ("service.selection.page:shortlists",),
    "select: pick": ("service.selection.page:pick",),
    "select: weigh": ("service.selection.choose:weigh",),
    "select: explain": ("service.selection.choose:made_of",),
    "freeze: keep": (
        "service.selection.keep:keep_page",
        "service.selection.keep:keep_tick",
        "service.selection.keep:count_shown",
    ),
    "freeze": ("service.editions.freeze:freeze",),
    "freeze: move on": ("service.editions.move_on:move_on",),
    "freeze: write": ("service.db.bulk:write_alike", "service.db.bulk:write_numbers"),
    "lease": (
        "service.sending.claim:lease_batch",
        "service.sending.claim:give_back",
        "service.sending.deliver:deliver_next_batch",
    ),
    "read batch": (
        "service.sending.read_batch:readers_of",
        "service.sending.read_batch:edition_of",
        "service.sending.deliver:_prepared",
    ),
    "cards": ("service.sending.prepare:cards_of", "service.sending.prepare:RendererShelf.renderer"),
    "encode": (
        "service.rendering.cards:make_ready",
        "service.rendering.compile:compile_source",
        "service.rendering.brief:BriefRenderer.__init__",
    ),
    "mark": ("service.sending.claim:mark_wave", "service.sending.claim:renew"),
    "render": ("service.sending.compose:compose", "service.rendering.brief:BriefRenderer.wire"),
    "journal": (
        "service.sending.journal:Journal.begin",
        "service.sending.journal:Journal.replied",
    ),
    "hand over": (
        "service.sending.hand_over:hand_over",
        "service.sending.transports.smtp:SmtpTransport.hand_over",
        "service.sending.transports.smtp_transaction:prepare",
    ),
    "settle": ("service.sending.settle:settle_wave",),
    "commit": ("service.sending.deliver:_commit", "service.sending.deliver:_deliver"),
    "rest": ("service.sending.drain:Drain.run",),
}


class Stopwatch:
    """Counts CPU seconds by stage, over all threads."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.missing: list[str] = []  # functions that are called otherwise by now
        self._here = threading.local()

    def watch(self) -> None:
        """Wrap every function of `STAGES`, wherever it has been imported to."""
        for stage, places in STAGES.items():
            for place in places:
                module_name, _, path = place.partition(":")
                try:
                    self._replace(stage, import_module(module_name), path.split("."))
                except (ImportError, AttributeError):
                    self.missing.append(place)

    def _replace(self, stage: str, module: Any, path: list[str]) -> None:
        owner = module
        for name in path[:-1]:
            owner = getattr(owner, name)
        original = getattr(owner, path[-1])
        wrapped = self._wrapped(stage, original)
        setattr(owner, path[-1], wrapped)
        if owner is not module:
            return
        for other in list(sys.modules.values()):
            if getattr(other, "__name__", "").partition(".")[0] not in _OURS:
                continue
            for name, value in list(vars(other).items()):
                if value is original:
                    setattr(other, name, wrapped)

    def _wrapped(self, stage: str, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self._enter(stage)
            try:
                result = original(*args, **kwargs)
            finally:
                self._leave()
            if isinstance(result, Iterator):
                return self._steps(stage, result)
            return result

        return call

    def _steps(self, stage: str, steps: Iterator[Any]) -> Iterator[Any]:
        """Count what a generator does each time it goes on."""
        while True:
            self._enter(stage)
            try:
                value = next(steps)
            except StopIteration:
                return
            finally:
                self._leave()
            yield value

    def _enter(self, stage: str) -> None:
        now = time.thread_time()
        stack = self._stack()
        if stack:
            self.seconds[stack[-1]] += now - self._here.since
        stack.append(stage)
        self._here.since = now

    def _leave(self) -> None:
        now = time.thread_time()
        stage = self._stack().pop()
        self.seconds[stage] += now - self._here.since
        self._here.since = now

    def _stack(self) -> list[str]:
        if not hasattr(self._here, "stack"):
            self._here.stack = []
        stack: list[str] = self._here.stack
        return stack
