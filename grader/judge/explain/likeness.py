"""Whether a wrong variant of a reference answers as a submission did, by the judgement of the property that asked.

The property itself says which answers it would take for one another: it is run once more, with what the submission
answered on the one side and the variant in the reference's place on the other. What no property looks at does not
count, and nothing is compared more strictly than there. Laws ask no reference: one that the submission breaks is
broken by the variant too, and shows the same there.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import torch

from grader import wire
from grader.judge.bank.loading import Property, Reference
from grader.judge.bank.recording import Bank
from grader.judge.explain.evidence import same_fault
from grader.judge.explain.transcripts import answers_alike
from grader.judge.trying.patience import CALL_SECONDS, TakesTooLong, within
from grader.judge.trying.trial import Fault, Heard, Trial, try_case
from grader.judge.workers.channels import Exchange, Functions, LocalChannel, Recorded, Recorder
from grader.kit.assertions import comparisons_heard
from grader.kit.modules import Channel
from grader.kit.tolerances import Tolerance

Spot = tuple[Property, int]
"""A property and the index of a case in its bank."""

SUSPECT_SECONDS: Final = 0.5
"""How long a variant may compute on one case before it is taken to never end."""
REMEMBERED: Final = 12
"""On how many cases the answers of a variant are remembered: most are told apart on the first few."""
FAR_NEARER: Final = 0.1
"""How much nearer than to the reference the answers must be to a variant, where the two differ."""


class Suspect:
    """A wrong version of the reference; how it answers is remembered, and how a submission compares with it."""

    def __init__(self, wrong: Reference, right: Reference, bank: Bank) -> None:
        self._wrong, self._right, self._bank = wrong, right, bank
        self._alike: dict[tuple[str, int], bool] = {}
        self._own: dict[tuple[str, int], Fault | None] = {}
        self._breaks: dict[tuple[str, int], bool] = {}
        self._endless: set[tuple[str, int]] = set()
        self._answers: dict[tuple[str, int], list[Exchange]] = {}

    def forget(self) -> None:
        """Begin with another submission."""
        self._alike.clear()

    def unload(self) -> None:
        """Let go of its module."""
        self._wrong.unload()

    def alike(self, spot: Spot, trial: Trial, *, closely: bool = True) -> bool:
        """Whether it answers as the submission did in this trial of a case.

        Unless `closely`, where answers are compared it is not asked whether it keeps the laws that the submission keeps
        here, too: other cases tell.
        """
        key = spot[0].id, spot[1]
        if key not in self._alike:
            self._alike[key] = key not in self._endless and self._is_alike(spot, trial, closely=closely)
        return self._alike[key]

    def identical(self, spot: Spot, trial: Trial) -> bool:
        """Whether its answers are the same even where no property looks."""
        with contextlib.suppress(TakesTooLong), within(CALL_SECONDS):
            return answers_alike(self._channel(spot), trial.heard or [])
        return False

    def endless(self, spot: Spot, seconds: float) -> bool:
        """Whether it does not come to an end either on this case."""
        case = self._bank[spot[0].id][spot[1]].case
        try:
            with within(seconds):
                try_case(spot[0], self._channel(spot), self._reference(spot), case, {})
        except TakesTooLong:
            return True
        return False

    def breaks(self, spot: Spot) -> bool:
        """Whether the property fails on this case when it is handed in."""
        key = spot[0].id, spot[1]
        if key not in self._breaks:
            self._breaks[key] = True
            with contextlib.suppress(TakesTooLong), within(CALL_SECONDS):
                case = self._bank[spot[0].id][spot[1]].case
                fault = try_case(spot[0], self._channel(spot), self._reference(spot), case, {}).fault
                self._breaks[key] = fault is not None
        return self._breaks[key]

    def _is_alike(self, spot: Spot, trial: Trial, *, closely: bool) -> bool:
        property_, index = spot
        heard = trial.heard or []
        case = self._bank[property_.id][index].case
        try:
            with within(SUSPECT_SECONDS), _measured() as measured, self._answering(spot) as channel:
                fault = try_case(property_, _Answered(heard, index), channel, case, {}).fault
        except TakesTooLong:
            self._endless.add((property_.id, index))
            return False
        except _NothingMore:  # it failed here, and what the property looked at until then is the variant's
            return trial.fault is not None and self._is_far_nearer(spot, trial, measured())
        except _AnotherQuestion:  # what is asked depends on what the reference says
            return self.identical(spot, trial)
        if fault is None and trial.fault is None and not closely and not trial.lawful:
            return self._is_far_nearer(spot, trial, measured())
        own = self._fault_of_its_own(spot)
        if fault is None or own is None:
            return fault is own and self._is_far_nearer(spot, trial, measured())
        return same_fault(fault, own)

    def _is_far_nearer(self, spot: Spot, trial: Trial, distance: float) -> bool:
        """Whether the answers are far nearer to it than to the reference, if it differs from that here at all."""
        if distance <= FAR_NEARER:  # of what is allowed, and where they differ they differ by more than that
            return True
        if trial.fault is None and not self.breaks(spot):
            return True
        case = self._bank[spot[0].id][spot[1]].case
        with contextlib.suppress(_NothingMore, _AnotherQuestion), _measured() as measured:
            try_case(spot[0], _Answered(trial.heard or [], spot[1]), self._reference(spot), case, {})
        if trial.fault is not None and measured() <= 1:
            return True  # what fails is not measured: a type, a shape, a dtype
        return distance <= FAR_NEARER * measured()

    def _fault_of_its_own(self, spot: Spot) -> Fault | None:
        """The law that it breaks by itself on this case, if it breaks one."""
        key = spot[0].id, spot[1]
        if key not in self._own:
            first = Recorder(self._channel(spot), spot[1])
            second = Recorded(first.exchanges, spot[1], self._wrong.channel)
            case = self._bank[spot[0].id][spot[1]].case
            self._own[key] = None
            with contextlib.suppress(TakesTooLong), within(CALL_SECONDS):
                self._own[key] = try_case(spot[0], first, second, case, {}).fault
        return self._own[key]

    @contextlib.contextmanager
    def _answering(self, spot: Spot) -> Iterator[Channel]:
        """What it answers on a case; on some cases that is remembered for the next submission."""
        key = spot[0].id, spot[1]
        known = self._answers.get(key)
        if known is not None:
            yield Recorded(known, spot[1], self._wrong.channel)
            return
        recorder = Recorder(self._channel(spot), spot[1])
        try:
            yield recorder
        except _NothingMore:
            self._remember(key, recorder.exchanges)
            raise
        self._remember(key, recorder.exchanges)

    def _remember(self, key: tuple[str, int], exchanges: list[Exchange]) -> None:
        if len(self._answers) < REMEMBERED:
            self._answers[key] = exchanges

    def _channel(self, spot: Spot) -> LocalChannel:
        channel = self._wrong.channel()
        channel.case = spot[1]
        return channel

    def _reference(self, spot: Spot) -> Recorded:
        return Recorded(self._bank[spot[0].id][spot[1]].exchanges, spot[1], self._right.channel)


class _NothingMore(BaseException):
    """The submission was asked no further: it had failed."""


class _AnotherQuestion(BaseException):
    """The submission was asked something else."""


class _Answered(Channel):
    """Answers as a submission did while it is asked the same; what it called back is called back again."""

    def __init__(self, heard: Sequence[Heard], case: int) -> None:
        self.case = case
        self._heard = heard
        self._position = 0

    def request(self, request: wire.Request, functions: Functions) -> wire.Reply:
        if self._position == len(self._heard):
            raise _NothingMore
        heard = self._heard[self._position]
        self._position += 1
        if request != heard.request and wire.encode(request) != wire.encode(heard.request):  # NaN is not NaN
            raise _AnotherQuestion
        for number, args in heard.called:
            with contextlib.suppress(Exception):  # which was the answer
                functions[number](*args)
        return heard.reply


@contextlib.contextmanager
def _measured() -> Iterator[Callable[[], float]]:
    """The largest distance between what is compared within this block, in units of what is allowed."""
    largest = 0.0

    def hear(actual: torch.Tensor, expected: torch.Tensor, allowed: Tolerance) -> None:
        nonlocal largest
        if actual.shape != expected.shape or not expected.is_floating_point() or not expected.numel():
            return
        room = allowed.atol + allowed.rtol * expected.double().abs()
        off = torch.where(actual == expected, 0.0, (actual.double() - expected.double()).abs() / room)
        distance = float(off.nan_to_num(nan=math.inf).max())
        largest = max(largest, distance)

    with comparisons_heard(hear):
        yield lambda: largest
