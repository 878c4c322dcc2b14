"""docs/reports.md says what the database says, of every view."""
import copy

import pytest

from reports_page import PAGE, described, faults, page


@pytest.fixture(name="things", scope="module")
def described_things(conninfo):
    return described(conninfo)


def test_the_page_is_what_the_database_says(things):
    with open(PAGE, encoding="utf-8") as file:
        is_same = file.read() == page(things)
    assert is_same, "docs/reports.md is not what the database says: run tests/reports_page"


def test_everything_is_described(things):
    assert not list(faults(things))


def test_what_is_not_described_is_noticed(things):
    wrong = copy.deepcopy(things)
    wrong["suspense"]["columns"][0][2] = None
    wrong["coverage"]["meaning"] = None
    wrong["fee_cost"]["roles"] = None
    wrong["dogs"] = things["period"]
    assert list(faults(wrong)) == [
        "view report.coverage has no comment", "report.dogs is under no subject (tests/support/reports_page.py)",
        "report.fee_cost is granted to nobody", "report.suspense.institution has no comment"]
