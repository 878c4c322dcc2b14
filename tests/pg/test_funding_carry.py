"""What late usage takes from money that later months have spent: they are funded anew, and nothing else is."""
import collections

from test_funding_laws import load_usage, paid_by, rate, state, tell

DAYS = {"ada": 0, "eve": 1, "dan": 1, "bob": 11, "cyd": 41}  # after 30 August: cyd's is in October
UNITS = {"ada": "lab", "eve": "lab", "bob": "lab", "cyd": "lab", "dan": "office"}
LATE = 6
PLAN = "institution,plan,valid_from,tier,leg,fund,weight_ppm,cap,cap_window,on_exhaust,basis,author,approver\n"
# Fiscal year start, the amount of NSF, the cap of its leg and window, the cap of the department and window
LIMITS = {"amount": (1, "20", ",", ""), "life": (1, "", "20,life", ""), "year": (1, "", "20,fiscal_year", ""),
          "unit": (1, "", ",", "20,fiscal_year"), "next-year": (10, "", "20,fiscal_year", ""),
          "month": (1, "", "20,month", "")}
# Who of ada, bob and cyd has used how much before eve's usage comes
USED = [("amount", 6, 3, 15), ("unit", 6, 3, 15), ("next-year", 6, 14, 15), ("year", 18, 5, 1), ("life", 6, 14, 2),
        ("amount", 1, 0, 19), ("month", 15, 20, 21)]


def use(institution, user, hours):
    return f"hub-{institution}", f"{user}-{institution}", "", 96 * DAYS[user] + 36, hours * 3600000000, 0, ""


def begin(hubmeter, limits):
    """Each institution has a department lab, whose plan is limited money first, and an office, whose plan has none."""
    files = {
        "org": "institution,time_zone,currency,unit,name,hub,fiscal_year_start\n" + "".join(
            f"{i},UTC,USD,,{i},,{limit[0]}\n{i},,,lab,Lab,,\n{i},,,office,Office,,\n{i},,,,,hub-{i},\n"
            for i, limit in limits.items()),
        "people": "person,name,hub,username\n" + "".join(
            f"{user}-{i},{user},hub-{i},{user}-{i}\n" for i in limits for user in UNITS),
        "memberships": "person,institution,unit,valid_from,valid_to,home\n" + "".join(
            f"{user}-{i},{i},{unit},2020-01-01,,yes\n" for i in limits for user, unit in UNITS.items()),
        "prices": "institution,resource,class,rate,valid_from,valid_to\n" + "".join(
            f"{i},cpu,,1,2020-01-01,\n" for i in limits),
        "funds": "institution,fund,name,kind,chart_string,amount\n" + "".join(
            f"{i},NSF,NSF,federal,1,{limit[1]}\n{i},OP,OP,operating,3,\n" for i, limit in limits.items()),
        "plans": PLAN + "".join(
            f"{i},lab,2020-01-01,1,1,NSF,1000000,{limit[2]},spill,because,Ada,Bob\n"
            f"{i},lab,2020-01-01,2,1,OP,1000000,,,,,,\n{i},office,2020-01-01,1,1,OP,1000000,,,,because,Ada,Bob\n"
            for i, limit in limits.items()),
        "assignments": "institution,plan,scope,code\n" + "".join(
            f"{i},{unit},unit,{unit}\n" for i in limits for unit in ("lab", "office")),
        "caps": "institution,scope,code,amount,window\n" + "".join(
            f"{i},unit,lab,{limit[3]}\n" for i, limit in limits.items() if limit[3])}
    if files["caps"].count("\n") == 1:
        del files["caps"]
    tell(hubmeter, files)
    hubmeter.sql("SELECT usage.ensure_month('2026-10-15')")


def written(hubmeter):
    """Which transaction wrote each leg after August."""
    return hubmeter.sql("SELECT institution_id, day, line_id, sequence, leg, xmin FROM fund.leg"
                        " WHERE day > '2026-08-31' ORDER BY 1, 2, 3, 4, 5")


def expected(limit, used):
    """{user: {fund: hours}}, by order of use."""
    left, found = collections.defaultdict(lambda: 20), {}
    for user in filter(used.get, sorted(used, key=DAYS.get)):
        month = (DAYS[user] > 1) + (DAYS[user] > 31)
        window = {"month": month, "next-year": month == 2}.get(limit)
        taken = min(used[user], left[window])
        left[window] -= taken
        found[user] = {fund: hours for fund, hours in (("NSF", taken), ("OP", used[user] - taken)) if hours}
    return found


def from_scratch(hubmeter):
    hubmeter.sql("SELECT charge.begin_run('correction', 'law'); DELETE FROM fund.leg; DELETE FROM fund.day_total;"
                 "INSERT INTO fund.dirty_day SELECT DISTINCT institution_id, day, hub_id FROM charge.share")
    rate(hubmeter)
    return state(hubmeter)


def test_late_usage_takes_from_every_later_month_of_the_window(hubmeter):
    """The months between may be left as they were, or have no charges at all."""
    limits = {f"{name}-{n}": LIMITS[name] for n, (name, *_) in enumerate(USED)}
    used = {i: dict(zip(("ada", "bob", "cyd"), hours)) for i, (_, *hours) in zip(limits, USED)}
    begin(hubmeter, limits)
    load_usage(hubmeter, [use(i, user, hours) for i in used for user, hours in used[i].items() if hours])
    rate(hubmeter)
    load_usage(hubmeter, [use(i, "eve", LATE) for i in limits])
    rate(hubmeter)
    for institution, before in used.items():
        assert paid_by(hubmeter, institution) == expected(institution[:-2], {**before, "eve": LATE}), institution
    after = state(hubmeter)
    assert from_scratch(hubmeter) == after


def test_late_usage_that_takes_nothing_limited_leaves_later_months_alone(hubmeter):
    limits = {name: LIMITS[name] for name in ("amount", "life", "year")}
    begin(hubmeter, limits)
    load_usage(hubmeter, [use(i, user, 9) for i in limits for user in ("ada", "bob", "cyd")])
    rate(hubmeter)
    before, totals = written(hubmeter), "SELECT count(*) FROM fund.run_total"
    count = int(hubmeter.sql(totals))
    load_usage(hubmeter, [use(i, "dan", LATE) for i in limits])
    rate(hubmeter)
    assert written(hubmeter) == before != ""
    assert int(hubmeter.sql(totals)) == count + len(limits)
