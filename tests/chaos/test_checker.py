"""A checker that never finds anything is worth nothing: every planted fault is found, and nothing else."""
import copy
import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "../e2e"))

from checker import faults  # noqa: E402
from ledger import Ledger, expect  # noqa: E402

DAY = 20_000 * 86400 * 1_000_000
MINUTE = 60_000_000
STREAM, OTHER = "aa" * 16, "bb" * 16


def batch(number, sequence, start, end, node="n1", stream=STREAM, user="", amount=1000):
    node_row = [100, 10, 1, 20, 2, 30, 3, 1, 0, 7, 8, 9]
    lines = [["B", number, "h", node, stream, sequence, DAY + start, DAY + end, "std", 60, *node_row],
             ["R", 1, f"w{sequence % 2}", user, "", "", "std", 1, 0, 0, *[amount + q for q in range(13)]]]
    return "".join("\t".join(map(str, line)) + "\n" for line in lines)


def message(number, offset, kind="batch", partition=0, incarnation=0):
    return f"M\th\t{incarnation}\t{partition}\t{offset}\t{kind}\t{number}\n"


BATCHES = (batch(1, 1, 0, MINUTE) + batch(2, 2, 7 * MINUTE, 44 * MINUTE + 1, user="ada") +
           batch(3, 5, 14 * MINUTE, 16 * MINUTE, user="ben"))
SENT = BATCHES + message(1, 0) + message(2, 1) + message(0, 2, "garbage") + message(1, 3) + message(3, 4)


@pytest.fixture
def expected_of(tmp_path):
    def read(text, cuts=(), given_up=()):
        path = tmp_path / "ledger"
        path.write_text(text, encoding="utf-8")
        ledger = Ledger(path)
        ledger.read()
        return expect(ledger, cuts, given_up)
    return read


def found(expected):
    """A database in which all is well."""
    gaps = {stream: numbers for stream, numbers in expected.missing.items() if numbers}
    return copy.deepcopy({"slots": expected.slots, "node_slots": expected.node_slots, "workloads": expected.workloads,
                          "watermarks": expected.watermarks, "quarantine": dict(expected.quarantine), "gaps": gaps,
                          "days": expected.days, "duplicates": dict(expected.duplicates),
                          "given_up": dict(expected.given_up), "decisions": expected.decisions})


def test_all_is_well(expected_of):
    expected = expected_of(SENT)
    assert list(faults(expected, found(expected))) == []
    assert expected.duplicates == {"h": 1} and expected.quarantine == {"h": 1}
    assert expected.missing["h", STREAM] == {3, 4}
    assert sum(sums[1] for sums in expected.slots.values()) == 3000, "a split lost something"
    assert expected.workloads["h", "n1", 1, "w1"][0] == "ben", "a user who was bound late"


def change_sum(tables):
    next(iter(tables["slots"].values()))[3] += 1


def change_node(tables):
    next(iter(tables["node_slots"].values()))[10] = None


def lose_slot(tables):
    tables["slots"].popitem()


def invent_slot(tables):
    tables["slots"]["h", "n9", 1, "w", "std", 0] = [0] * 14


def lose_name(tables):
    next(iter(tables["workloads"].values()))[0] = "eve"


def hide_gap(tables):
    tables["gaps"].clear()


def invent_gap(tables):
    tables["gaps"]["h", STREAM].add(1)


def lose_refusal(tables):
    tables["quarantine"]["h"] -= 1


def count_duplicate_twice(tables):
    tables["duplicates"]["h"] += 1


def lose_watermark(tables):
    tables["watermarks"].clear()


def lose_day(tables):
    tables["days"].clear()


@pytest.mark.parametrize("plant", [change_sum, change_node, lose_slot, invent_slot, lose_name, hide_gap, invent_gap,
                                   lose_refusal, lose_watermark, count_duplicate_twice, lose_day])
def test_planted_fault(expected_of, plant):
    expected = expected_of(SENT)
    tables = found(expected)
    plant(tables)
    assert len(list(faults(expected, tables))) == 1


def test_order_and_repetition_do_not_matter(expected_of):
    other = BATCHES + message(3, 0) + message(2, 0, partition=1) + message(1, 1) + message(3, 2) + message(2, 3)
    assert expected_of(other).slots == expected_of(SENT).slots


def test_clone_is_refused(expected_of):
    text = SENT + batch(4, 6, 0, MINUTE, node="n2") + message(4, 5, "clone")
    assert expected_of(text).slots == expected_of(SENT).slots
    assert expected_of(text).quarantine["h"] == 2


def test_what_was_not_read_is_lost_with_its_topic(expected_of):
    cut = expected_of(SENT, {("h", 0, 0): 1})
    assert cut.lost == 4 and len(cut.slots) == 1
    text = SENT + batch(4, 6, 0, MINUTE) + message(4, 0, incarnation=1)
    assert expected_of(text, {("h", 0, 0): 1}).missing["h", STREAM] == {2, 3, 4, 5}


GIVEN_UP = {("h", 0): range(1, 3)}  # a batch and garbage


def test_what_an_operator_gave_up_is_lost_and_nothing_else(expected_of):
    expected = expected_of(SENT, given_up=GIVEN_UP)
    assert expected.given_up == expected.missed == {"h": 2} and expected.decisions == {("h", 0, 1, 2)}
    assert expected.missing["h", STREAM] == {2, 3, 4} and not expected.quarantine and expected.duplicates == {"h": 1}
    assert list(faults(expected, found(expected))) == []
    again = expected_of(SENT + message(2, 5), given_up=GIVEN_UP)
    assert again.slots == expected_of(SENT).slots, "what comes again behind the gap is new"


def lose_account(tables):
    tables["given_up"]["h"] -= 1


def forget_account(tables):
    tables["given_up"].clear()


def forget_decision(tables):
    tables["decisions"].clear()


def decide_more(tables):
    tables["decisions"].add(("h", 0, 4, 4))


@pytest.mark.parametrize("plant", [lose_account, forget_account, forget_decision, decide_more])
def test_planted_fault_of_a_decision(expected_of, plant):
    expected = expected_of(SENT, given_up=GIVEN_UP)
    tables = found(expected)
    plant(tables)
    assert len(list(faults(expected, tables))) == 1


def test_more_than_a_node_can_store_is_refused(expected_of):
    def hostile(number):
        return batch(number, number, 0, MINUTE, stream=OTHER, amount=2 ** 62).replace("w0", "w1")
    text = "".join(hostile(n) + message(n, n, "hostile") for n in (1, 2, 3))
    expected = expected_of(text)
    assert expected.quarantine == {"h": 3} and not expected.slots
