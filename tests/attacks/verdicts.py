"""Attacks, what a command did, and what is required of it."""

import json
import secrets
from dataclasses import dataclass, field

import pytest

MARKER = "GRADLINGS" + "-SECRET-" + secrets.token_hex(16)
"""Attacks search for the first two parts and tell what follows; they do not know that."""


@dataclass(frozen=True)
class Attack:
    """A submission and the verdict that it must get.

    `most` is what it may have earned, `statuses` what its unearned properties may be called,
    `word` what one of the messages must contain, `fill` what stands for the @names@ in it.
    """

    file: str
    status: str = "failed"
    most: float = 0.0
    statuses: tuple[str, ...] = ("failed",)
    word: str = ""
    course: str = "usual"
    fill: dict = field(default_factory=dict)

    @property
    def id(self):
        return "-".join([self.file, *map(str, self.fill.values())])


@dataclass(frozen=True)
class Ran:
    """What a command did: `peak_kib` is the largest resident set of the fork server and its workers."""

    code: int
    stdout: str
    stderr: str
    seconds: float
    left: list
    peak_kib: int

    @property
    def report(self):
        return json.loads(self.stdout)

    @property
    def prints(self):
        return "".join(property_["prints"] for property_ in self.report["properties"])

    @property
    def messages(self):
        report = self.report
        return [report["problem"] or "", *(property_["message"] or "" for property_ in report["properties"])]

    def status_of(self, name):
        return next(property_["status"] for property_ in self.report["properties"] if property_["id"] == name)


def safe(ran):
    """What every attack must leave as it was."""
    assert MARKER not in ran.stdout + ran.stderr, "a secret is in the report"
    assert not ran.left, f"processes were left behind: {ran.left}"
    assert "Traceback (most recent call last)" not in ran.stderr, ran.stderr
    assert "\x1b" not in ran.stdout
    assert len(ran.stdout) < 200_000
    return ran


def judged(ran, attack):
    """Require an attack's verdict."""
    report = ran.report
    unearned = [property_ for property_ in report["properties"] if property_["status"] != "passed"]
    summary = (report["status"], report["score"], ran.messages)
    assert report["status"] == attack.status, summary
    assert ran.code == 1, summary
    assert report["score"] <= attack.most, summary
    assert {property_["status"] for property_ in unearned} <= {*attack.statuses, "blocked"}, summary
    assert attack.word in "\n".join(ran.messages), summary
    return report


def attacks(*table):
    """Parametrize over a table of attacks."""
    return pytest.mark.parametrize("attack", table, ids=[attack.id for attack in table])


SLOTS = ("sequence_mask", "none_masks_nothing", "gradients_flow_to_valid_scores", "float16")
"""Properties in which a submission with four ways shows the first, second, third and fourth of them."""
SURVIVES = 5
"""Points of the properties in which every case has lengths, and none is without them, in float16 or differentiated."""


def four(file, *ways, course="usual"):
    """A parameter for an attack with up to four ways, each (how, status, word) of its property; the last is repeated."""
    ways = [*ways, *[ways[-1]] * (len(SLOTS) - len(ways))]
    hows, statuses, _ = zip(*ways, strict=True)
    attack = Attack(file, most=SURVIVES, statuses=tuple(set(statuses)), course=course, fill={"how": " ".join(hows)})
    return pytest.param(attack, ways, id=f"{file}-{'-'.join(dict.fromkeys(hows))}")


def each_judged(ran, attack, ways):
    """Require each way's own verdict, and that no other property has suffered."""
    report = judged(ran, attack)
    assert report["score"] == SURVIVES
    by_id = {property_["id"]: property_ for property_ in report["properties"]}
    for slot, (how, status, word) in zip(SLOTS, ways, strict=True):
        property_ = by_id[slot]
        assert property_["status"] == status, (how, property_["message"])
        assert word in property_["message"], how
    return report
