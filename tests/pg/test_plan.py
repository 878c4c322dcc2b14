"""hubmeter plan check and approve: which plans may pay, and whose login may say so."""
import json

import pytest

ORG = """institution,time_zone,currency,unit,name
northfield,America/New_York,USD,,Northfield University
northfield,,,physics,Department of Physics
"""
FUNDS = """institution,fund,name,kind,chart_string,start,end,amount
northfield,NSF-1,Cold Atoms,federal,11301-PH100,2026-01-01,2026-12-31,1000
northfield,NIH-2,Warm Atoms,federal,11302-PH100,2026-01-01,2026-12-31,1000
northfield,DEPT,Physics operating,operating,10000-PH100,,,
"""
PLAN = """institution,plan,valid_from,tier,leg,fund,weight_ppm,basis,author
northfield,lasers,2099-01-01,1,1,NSF-1,1000000,work on Cold Atoms,Ada Byron
northfield,lasers,2099-01-01,2,1,DEPT,1000000,,
"""
APPROVE = ["plan", "approve", "lasers", "--institution", "northfield"]
BACKSTOP = ("the last tier pays whatever is left, and fund {} is an award (federal), which pays only so much: put an "
            "operating, gift, prepaid or subsidy fund without an amount there")
SHIFT = ("what fund NSF-1 (federal, tier 1) refuses would land on fund NIH-2 (federal): 2 CFR 200.405(c) does not let "
         "one award make up for another; put an operating, gift, prepaid or subsidy fund there")


def fill_funds(hubmeter):
    hubmeter.ok("import", "org", hubmeter.write("org.csv", ORG))
    hubmeter.ok("import", "funds", hubmeter.write("funds.csv", FUNDS))


@pytest.fixture
def funded(copy_of):
    """Funds, and logins; roles belong to the whole server, so they go when the test does."""
    hubmeter = copy_of(fill_funds)
    hubmeter.sql("CREATE ROLE enterer LOGIN IN ROLE hm_rater; CREATE ROLE checker LOGIN IN ROLE hm_controller;"
                 'CREATE ROLE "both" LOGIN IN ROLE hm_rater, hm_controller;'
                 'CREATE ROLE "Ada Byron" LOGIN IN ROLE hm_controller')
    yield hubmeter
    hubmeter.sql('DROP ROLE enterer, checker, "both", "Ada Byron"')


def enter(hubmeter, text, user="enterer"):
    return hubmeter.run("import", "plans", hubmeter.write("plans.csv", text), user=user)


def versions(hubmeter, *arguments, **options):
    done = hubmeter.run("plan", "check", "--format", "json", *arguments, **options)
    return done.returncode, json.loads(done.stdout)


def test_a_plan_is_approved_by_somebody_else(funded):
    assert enter(funded, PLAN).stdout == "plans.csv: 2 rows, 2 changed\n"
    assert enter(funded, PLAN).stdout == "plans.csv: 2 rows, 0 changed\n"
    waiting = {"institution": "northfield", "plan": "lasers", "valid_from": "2099-01-01T05:00Z", "status": "waiting",
               "author": "Ada Byron", "entered_by": "enterer", "approver": None, "tier": None, "leg": None,
               "fault": None}
    assert versions(funded, user="checker") == (0, [waiting])
    assert funded.ok(*APPROVE, user="checker") == "lasers: version 2099-01-01T05:00Z approved\n"
    for user in ("checker", "enterer", "hm_finance"):
        assert versions(funded, user=user) == (0, [{**waiting, "status": "approved", "approver": "checker"}])
    assert funded.refused(*APPROVE, user="checker") == (
        'hubmeter: cannot approve the plan "lasers": no version of it waits for approval: hubmeter plan check lists '
        "them.\n")


def test_not_by_who_entered_it_nor_by_its_author(funded):
    enter(funded, PLAN, user="both")
    assert funded.refused(*APPROVE, user="both") == (
        'hubmeter: cannot approve the plan "lasers": version 2099-01-01T05:00Z of plan lasers was entered by both: it '
        "takes somebody else's login to approve it\n")
    assert "was written by Ada Byron: it takes somebody else's login" in funded.refused(*APPROVE, user="'Ada Byron'")
    assert "sign in as a member of hm_controller" in funded.refused(*APPROVE, user="enterer")
    assert versions(funded)[1][0]["status"] == "waiting"
    assert "permission denied" in funded.refused(
        "import", "funds", "funds.csv", user="checker")  # who approves enters nothing


def test_with_a_second_federal_fund_in_place_of_dept_the_plan_is_refused_at_approval_and_the_message_says_why(funded):
    done = enter(funded, PLAN.replace("DEPT", "NIH-2"))
    assert done.returncode == 0
    assert f'plans.csv:3: warning: column "fund": "NIH-2": can\'t be approved: {SHIFT}\n' in done.stderr
    assert funded.refused(*APPROVE, user="checker") == (
        'hubmeter: cannot approve the plan "lasers": version 2099-01-01T05:00Z of plan lasers has faults: '
        f"tier 2 leg 1: {BACKSTOP.format('NIH-2')}; tier 2 leg 1: {SHIFT}\n")
    status, rows = versions(funded, "lasers")
    assert status == 1
    assert [(row["status"], row["tier"], row["leg"], row["fault"]) for row in rows] == [
        ("waiting", 2, 1, BACKSTOP.format("NIH-2")), ("waiting", 2, 1, SHIFT)]
    funded.ok("import", "plans", funded.write("plans.csv", PLAN), user="enterer")
    funded.ok(*APPROVE, user="checker")


def test_one_version_of_several(funded):
    enter(funded, PLAN + PLAN.split("\n", 1)[1].replace("2099", "2100"))
    assert "no version of it from 2098-01-01 on waits" in funded.refused(*APPROVE, "--valid-from", "2098-01-01",
                                                                         user="checker")
    assert "neither a date" in funded.refused(*APPROVE, "--valid-from", "soon", user="checker")
    assert funded.ok(*APPROVE, "--valid-from", "2100-01-01", user="checker") == (
        "lasers: version 2100-01-01T05:00Z approved\n")
    assert [row["status"] for row in versions(funded)[1]] == ["waiting", "approved"]
    assert funded.ok(*APPROVE, user="checker") == "lasers: version 2099-01-01T05:00Z approved\n"


def test_what_is_approved_is_not_replaced_but_voided(funded):
    enter(funded, PLAN)
    funded.ok(*APPROVE, user="checker")
    changed = PLAN.replace("Cold", "Warm")
    assert enter(funded, changed).stderr.startswith(
        'plans.csv:2: column "valid_from": "2099-01-01": this version of the plan is approved and says something else')
    assert funded.ok("void", "plans", "plans.csv", "--reason", "wrong award", user="enterer") == (
        "plans.csv: 2 rows, 1 voided\n")
    assert versions(funded) == (0, [])
    assert enter(funded, changed).returncode == 0
    assert versions(funded)[1][0]["status"] == "waiting"


def test_a_plan_of_the_past_needs_no_approval_here(funded):
    history = ("institution,plan,valid_from,tier,leg,fund,weight_ppm,basis,author,approver\n"
               "northfield,lasers,2020-01-01,1,1,{},1000000,all of it,Ada Byron,Grace\n")
    assert f'column "fund": "NSF-1": {BACKSTOP.format("NSF-1")}' in enter(funded, history.format("NSF-1")).stderr
    assert enter(funded, history.format("DEPT")).stderr == ""
    assert [(row["status"], row["approver"]) for row in versions(funded)[1]] == [("recorded", "Grace")]
    assert "no version of it waits" in funded.refused(*APPROVE, user="checker")


def test_a_fund_that_becomes_an_award_is_a_fault_of_what_was_approved(funded):
    enter(funded, PLAN)
    funded.ok(*APPROVE, user="checker")
    funded.ok("import", "funds", funded.write("funds.csv", FUNDS.replace("operating,10000", "federal,10000")))
    status, rows = versions(funded)
    assert (status, {row["status"] for row in rows}) == (1, {"approved"})


def test_usage(funded):
    assert "needs --institution CODE" in funded.refused("plan", "approve", "lasers", status=2)
    assert 'unexpected argument "b"' in funded.refused("plan", "check", "a", "b", status=2)
    assert funded.run("plan", "check").stderr == "hubmeter: no such plan was imported\n"
    assert 'there is no institution "x"' in funded.refused(*APPROVE[:-1], "x", user="checker")
    assert 'there is no plan "lasers" of northfield' in funded.refused(*APPROVE, user="checker")


def test_chart_strings_that_are_refused_are_found_by_doctor(funded):
    grammar = "institution,position,segment,pattern\nnorthfield,1,fund,1130\\d\nnorthfield,2,org,PH\\d+\n"
    done = funded.run("import", "chart-segments", funded.write("chart.csv", grammar))
    assert done.stderr == (
        'chart.csv:2: warning: column "institution": "northfield": fund DEPT has 10000-PH100, which it refuses: its '
        "fund (segment 1) is not what 1130\\d says\n")
    assert ("WARN charts      1 fund with a chart string that the chart of accounts refuses: DEPT of northfield, "
            "10000-PH100: its fund (segment 1) is not what 1130\\d says: 'hubmeter import funds' or 'chart-segments'"
            in funded.run("doctor", user="hm_rater").stdout)
    assert 'column "chart_string": "1-2": its fund (segment 1) is not what 1130\\d says' in funded.refused(
        "import", "funds", funded.write("funds.csv", FUNDS.replace("11301-PH100", "1-2")))
