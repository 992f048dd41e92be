"""What properties are tried on: a submission in workers of its own, or a trusted variant in this process."""

from __future__ import annotations

import ast
import contextlib
from difflib import get_close_matches
from typing import Final

from grader import wire
from grader.judge.bank.loading import Property, Reference
from grader.judge.bank.recording import BankedCase
from grader.judge.entry.admission import Admitted
from grader.judge.entry.submission import InvalidSubmission, Submission
from grader.judge.entry.syntax import code_frame, parse
from grader.judge.results import Failure
from grader.judge.trying.banked import try_bank
from grader.judge.trying.patience import CALL_SECONDS, TakesTooLong, within
from grader.judge.trying.telling import traceback, why
from grader.judge.trying.trial import Fault, Trial, first_fault, try_case
from grader.judge.workers.channels import LocalChannel, Recorded
from grader.judge.workers.worker import Worker, WorkerFailure, WorkerPool
from grader.text import Text, both

ENOUGH: Final = 4
"""How many cases of a property that fail, among three times as many, tell what a variant does wrong."""


class InWorkers:
    """A submission: a fresh worker for each property, so that none knows what another was asked.

    Raises InvalidSubmission if it does not load or lacks what is asked for, ForbiddenReached, and GraderError.
    """

    def __init__(self, admitted: Admitted, pool: WorkerPool) -> None:
        self._admitted, self._pool = admitted, pool
        self._at_load: Fault | None = None
        self._ended: dict[str, Fault] = {}
        self.hung = False
        """Whether it has run out of time once: code that hangs once would hang again and again."""

    @property
    def stuck(self) -> bool:
        """Whether it could not even be loaded."""
        return self._at_load is not None

    def spent(self) -> bool:
        """Whether the exercise's time is used up."""
        return self._pool.budget.over()

    def try_property(
        self, property_: Property, reference: Reference, cases: list[BankedCase], *, onwards: bool, last: bool = False
    ) -> list[Trial]:
        """Its trials; a crash or a hang is not tried again, whatever the convention."""
        known = self._at_load or self._ended.get(property_.id)
        if known is not None:
            return [Trial(known, [], 0)]
        try:
            worker = self.open(more=not last)
        except WorkerFailure as error:
            self._at_load = self._fault_at_load(error)
            return [Trial(self._at_load, [], 0)]
        try:
            sources = self._admitted.sources
            trials = try_bank(property_, cases, worker, reference, sources, onwards=onwards and not self.hung)
        finally:
            worker.end()
        self.hung = self.hung or any(trial.fault is not None and trial.fault.kind == "timeout" for trial in trials)
        fault = first_fault(trials)
        if fault is not None and fault.kind in ("crashed", "timeout"):
            self._ended[property_.id] = fault
        return trials

    def open(self, *, more: bool = True) -> Worker:
        """A worker that has loaded the submission. Raises WorkerFailure where it crashes or hangs."""
        worker, reply = self._pool.take(more=more)
        try:
            check_load(reply, self._admitted)
        except InvalidSubmission:
            worker.end()
            raise
        return worker

    def reopen(self) -> Worker | None:
        """The same once it has loaded before; None if it does not this time, and then what was found stands."""
        try:
            return self.open()
        except (WorkerFailure, InvalidSubmission):
            return None

    def _fault_at_load(self, error: WorkerFailure) -> Fault:
        text = error.text  # what runs out of time says itself of what: of loading, or of the whole exercise
        if error.kind != "timeout":
            text = both("while the file was being loaded, {why}", why=error.text)
        failure = Failure(text, traceback=traceback(error.frames, self._admitted.sources))
        kind = "timeout" if error.kind == "timeout" else "crashed"
        return Fault(kind, kind, failure)  # type: ignore[arg-type]  # one of two kinds


class InOneWorker:
    """A wrong variant that is not hostile: one worker for all properties, another when it has ended.

    Raises InvalidSubmission and ForbiddenReached, and WorkerFailure where it does not load.
    """

    stuck = False

    def __init__(self, admitted: Admitted, pool: WorkerPool) -> None:
        self._admitted, self._pool = admitted, pool
        self._worker: Worker | None = None

    def try_property(
        self, property_: Property, reference: Reference, cases: list[BankedCase], *, onwards: bool,
        last: bool = False,  # noqa: ARG002  # the signature of all subjects
    ) -> list[Trial]:  # fmt: skip
        """Its trials up to the first that fails."""
        trials = try_bank(property_, cases, self._ready(), reference, self._admitted.sources, onwards=onwards)
        fault = first_fault(trials)
        if fault is not None and fault.kind in ("crashed", "timeout"):
            self.end()
        return trials

    def _ready(self) -> Worker:
        if self._worker is None:
            self._worker, reply = self._pool.take(more=False)
            check_load(reply, self._admitted)
        # A case of its own in between: the first case of a property has the number of another's.
        with contextlib.suppress(WorkerFailure):
            self._worker.request(wire.Get(-2, None, ""), {})
        return self._worker

    def end(self) -> None:
        """End the worker."""
        if self._worker is not None:
            self._worker.end()
            self._worker = None


class Here:
    """A variant of a reference, in this process."""

    stuck = False

    def __init__(self, variant: Reference, *, whole: bool = False) -> None:
        self._variant, self._whole = variant, whole

    def try_property(
        self, property_: Property, reference: Reference, cases: list[BankedCase], *, onwards: bool,
        last: bool = False,  # noqa: ARG002  # the signature of all subjects
    ) -> list[Trial]:  # fmt: skip
        """Its trials; `onwards`, until enough of them have failed, or the `whole` bank."""
        trials: list[Trial] = []
        for index, banked in enumerate(cases):
            channel: LocalChannel = self._variant.channel()
            channel.case = index
            recorded = Recorded(banked.exchanges, index, reference.channel)
            try:
                with within(CALL_SECONDS):
                    trials.append(try_case(property_, channel, recorded, banked.case, {"": self._variant.source}))
            except TakesTooLong:
                text = both("one call took longer than {seconds:g} s", seconds=CALL_SECONDS)
                trials.append(Trial(Fault("timeout", "timeout", Failure(text)), [], 1))
                break
            failed = sum(trial.fault is not None for trial in trials)
            if failed and (not onwards or (not self._whole and failed >= ENOUGH and len(trials) >= 3 * ENOUGH)):
                break
        return trials


def check_load(reply: wire.Reply, admitted: Admitted) -> None:
    """Require that a submission has loaded and has what is asked for. Raises InvalidSubmission."""
    submission = admitted.submission
    if isinstance(reply, wire.Raised):
        last = reply.frames[-1] if reply.frames else wire.Frame(0, "")
        path, source = last.path or submission.name, admitted.sources.get(last.path, "")
        text = both("{path} does not load: {error}", path=path, error=why(reply))
        raise InvalidSubmission(text, code_frame(source, last.line) if last.line else "")
    missing = [str(name) for name in reply.value.items] if isinstance(reply.value, wire.Items) else []
    if missing:
        raise InvalidSubmission(_missing(submission, missing))


def _missing(submission: Submission, names: list[str]) -> Text:
    """What a submission does not define, what may have been meant, and how the rest is graded all the same."""
    defined = [node.name for node in parse(submission).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    near = {name: close[0] for name in names if (close := get_close_matches(name, set(defined) - set(names), 1, 0.75))}
    text = both("{path} does not define {names}", path=submission.name, names=", ".join(names))
    if near:
        meant = ", ".join(f"{found} → {name}" for name, found in near.items())
        return both("{problem}; is it one of these by another name? {meant}", problem=text, meant=meant)
    return both(
        "{problem}; put it back as the stub has it, even if it is not written yet, and the rest is graded", problem=text
    )
