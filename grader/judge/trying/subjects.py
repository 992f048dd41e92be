"""What properties are tried on: a submission in workers of its own, or a trusted variant in this process."""

from __future__ import annotations

import contextlib

from grader import wire
from grader.judge.bank.loading import Property, Reference
from grader.judge.bank.recording import BankedCase
from grader.judge.entry.submission import InvalidSubmission, Submission
from grader.judge.entry.syntax import code_frame
from grader.judge.results import Failure
from grader.judge.trying.banked import try_bank
from grader.judge.trying.patience import CALL_SECONDS, TakesTooLong, within
from grader.judge.trying.trial import Fault, Trial, first_fault, traceback, try_case
from grader.judge.workers.channels import LocalChannel, Recorded
from grader.judge.workers.worker import Worker, WorkerFailure, WorkerPool
from grader.text import both


class InWorkers:
    """A submission: a fresh worker for each property, so that none knows what another was asked.

    Raises InvalidSubmission if it does not load or lacks what is asked for, ForbiddenReached, and GraderError.
    """

    def __init__(self, submission: Submission, pool: WorkerPool) -> None:
        self._submission, self._pool = submission, pool
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
            source = self._submission.source
            trials = try_bank(property_, cases, worker, reference, source, onwards=onwards and not self.hung)
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
            check_load(reply, self._submission)
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
        frames = error.reply.frames if error.reply else []
        text = both("while the file was being loaded, {why}", why=error.text)
        failure = Failure(text, traceback=traceback(frames, self._submission.source))
        kind = "timeout" if error.kind == "timeout" else "crashed"
        return Fault(kind, kind, failure)  # type: ignore[arg-type]  # one of two kinds


class InOneWorker:
    """A wrong variant that is not hostile: one worker for all properties, another when it has ended.

    Raises InvalidSubmission and ForbiddenReached, and WorkerFailure where it does not load.
    """

    stuck = False

    def __init__(self, submission: Submission, pool: WorkerPool) -> None:
        self._submission, self._pool = submission, pool
        self._worker: Worker | None = None

    def try_property(
        self, property_: Property, reference: Reference, cases: list[BankedCase], *, onwards: bool,
        last: bool = False,  # noqa: ARG002  # the signature of all subjects
    ) -> list[Trial]:  # fmt: skip
        """Its trials up to the first that fails."""
        trials = try_bank(property_, cases, self._ready(), reference, self._submission.source, onwards=onwards)
        fault = first_fault(trials)
        if fault is not None and fault.kind in ("crashed", "timeout"):
            self.end()
        return trials

    def _ready(self) -> Worker:
        if self._worker is None:
            self._worker, reply = self._pool.take(more=False)
            check_load(reply, self._submission)
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

    def __init__(self, variant: Reference) -> None:
        self._variant = variant

    def try_property(
        self, property_: Property, reference: Reference, cases: list[BankedCase], *, onwards: bool,
        last: bool = False,  # noqa: ARG002  # the signature of all subjects
    ) -> list[Trial]:  # fmt: skip
        """Its trials."""
        trials = []
        for index, banked in enumerate(cases):
            channel: LocalChannel = self._variant.channel()
            channel.case = index
            recorded = Recorded(banked.exchanges, index, reference.channel)
            try:
                with within(CALL_SECONDS):
                    trials.append(try_case(property_, channel, recorded, banked.case, self._variant.source))
            except TakesTooLong:
                text = both("one call took longer than {seconds:g} s", seconds=CALL_SECONDS)
                trials.append(Trial(Fault("timeout", "timeout", Failure(text)), [], 1))
                break
            if trials[-1].fault is not None and not onwards:
                break
        return trials


def check_load(reply: wire.Reply, submission: Submission) -> None:
    """Require that a submission has loaded and has what is asked for. Raises InvalidSubmission."""
    if isinstance(reply, wire.Raised):
        name = reply.bases[0] if reply.bases else "BaseException"
        text = both("{path} does not load: {error}: {message}", path=submission.name, error=name, message=reply.message)
        line = reply.frames[-1].line if reply.frames else 0
        raise InvalidSubmission(text, code_frame(submission.source, line) if line else "")
    missing = reply.value.items if isinstance(reply.value, wire.Items) else []
    if missing:
        names = ", ".join(str(name) for name in missing)
        raise InvalidSubmission(both("{path} does not define {names}", path=submission.name, names=names))
