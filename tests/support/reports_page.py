"""docs/reports.md, as the comments and grants of the schema report say it."""
import json
import os
import subprocess

from project import SOURCE

PAGE = os.path.join(SOURCE, "docs/reports.md")
HEAD = """\
# The report schema

What programs, spreadsheets and dashboards may read. Made by `tests/reports_page` of what the database says about
itself; change the comments in `sql/report/`, not this page. `tests/pg/test_reports_page.py` compares the two.

## Connecting

```
psql "host=DATABASE dbname=hubmeter user=LOGIN" -c "SELECT * FROM report.department_cost WHERE month = '2026-09-01'"
```

LOGIN is a member of one of the roles that stand with each view: `CREATE ROLE ada LOGIN IN ROLE hm_finance`. No login
needs more than that: views are read with the rights of whoever reads them, and every role has what they need, and no
more. Which rows a login sees, `hubmeter import readers` says; what is not seen is not there.

Name the months, `WHERE month = ...` or `month >= ... AND month < ...`: these choose the partitions that are read.
`hubmeter report` prints many of these views, for people, as CSV or as JSON.

## Figures

* All figures are exact: integers and decimals (`numeric`), never floating point. Keep them so: read them as decimals or
  as text.
* Amounts are in the currency of their row (`currency`, ISO 4217), to nano-units (9 digits). Never add two currencies.
* Quantities are in the unit of their row (`unit`): core-seconds, MiB-seconds, GPU-seconds or bytes.
* A bill and the price book are two accounts of one usage (`basis`: `actual` and `rate_card`; fees are `fee`).
  Never add the first two.
* `month` is the first day of a month in the calendar of its institution, unless its column says otherwise. Instants
  are `timestamp with time zone`, shown in the time zone of the session.
* `(suspense)` is the department of usage that nobody pays for yet, `(unowned)` the owner of hubs that nobody owns.

## Versions

Columns are only added, at any place: name those you read, never `SELECT *` in a program. Rows may be added for new
kinds, resources and bases. What is to change its meaning, its name or to go is announced in
[CHANGELOG.md](../CHANGELOG.md) one release ahead. Whatever is not on this page is private, in this schema and in
all others, and changes without notice.
"""
# Who asks, what about, and where the answer is; those that are not there are left out.
SUBJECTS = [
    ("Finance", "What it cost, by which account, what was posted, and that it adds up.", [
        "department_cost", "department_month", "department_rate", "department_tree_cost", "bill_cost", "fee_cost",
        "active_user",
        "bill_detail", "bill_reconciliation", "bill_unmatched", "cost_reconciliation", "market_cost", "rate_study",
        "adjustment", "focus_charge", "hub_owners", "period", "trial_balance", "journal"]),
    ("Departments", "Who used what, why it is charged here, what is wasted, and what is left of the budget.", [
        "user_cost", "charge_detail", "explain_line", "explain_text", "unit_economics", "idle_cost", "sizing",
        "budget_status", "budget_day", "alert"]),
    ("Courses and groups", "What courses, labs, projects and services cost.", [
        "course_cost", "course_student", "group_cost"]),
    ("Funds", "Which money pays, what is left of it, and how long it lasts.", [
        "fund_balance", "fund_forecast", "fund_day", "fund_statement", "fund_amendment", "fund_leg",
        "funding_reconciliation", "plan_version", "plan_leg", "plan_assignment", "lien", "invalid_chart_string"]),
    ("Data quality", "What is missing, waits, or belongs to nobody yet.", [
        "suspense", "suspense_age", "unknown_user", "unpriced_usage", "orphaned_usage", "coverage", "completeness",
        "pending_rating", "rating_reconciliation", "node_reconciliation", "rollup_reconciliation"]),
    ("Names and calendars", "What the others are asked with.", [
        "institution", "sight", "units_below", "is_known"]),
]
# Views by name, and functions that somebody else than the owner may call.
QUERY = """
SELECT coalesce(jsonb_object_agg(name, jsonb_build_object('kind', kind, 'meaning', meaning, 'roles', roles,
                                                          'arguments', arguments, 'columns', columns)), '{}')
FROM (SELECT c.relname AS name, 'view' AS kind, obj_description(c.oid, 'pg_class') AS meaning, '' AS arguments,
             (SELECT jsonb_agg(DISTINCT g.grantee::regrole::text ORDER BY g.grantee::regrole::text)
              FROM aclexplode(c.relacl) AS g
              WHERE g.privilege_type = 'SELECT' AND g.grantee NOT IN (0, c.relowner)) AS roles,
             (SELECT jsonb_agg(jsonb_build_array(a.attname, format_type(a.atttypid, NULL),
                                                 col_description(c.oid, a.attnum)) ORDER BY a.attnum)
              FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns
      FROM pg_class AS c
      WHERE c.relnamespace = 'report'::regnamespace AND c.relkind IN ('v', 'm', 'r', 'p')
      UNION ALL
      SELECT p.proname, 'function', obj_description(p.oid, 'pg_proc'), pg_get_function_identity_arguments(p.oid),
             (SELECT jsonb_agg(DISTINCT g.grantee::regrole::text ORDER BY g.grantee::regrole::text)
              FROM aclexplode(p.proacl) AS g WHERE g.grantee NOT IN (0, p.proowner)),
             coalesce((SELECT jsonb_agg(jsonb_build_array(p.proargnames[i], format_type(p.proallargtypes[i], NULL), '')
                                        ORDER BY i)
                       FROM generate_subscripts(p.proargmodes, 1) AS i WHERE p.proargmodes[i] = 't'),
                      jsonb_build_array(jsonb_build_array('', format_type(p.prorettype, NULL), '')))
      FROM pg_proc AS p
      WHERE p.pronamespace = 'report'::regnamespace) AS thing
"""


def described(conninfo):
    """{name: kind, meaning, roles, arguments, columns (name, type, meaning)} of the schema report."""
    done = subprocess.run(["psql", conninfo, "-XAtqv", "ON_ERROR_STOP=1", "-c", QUERY], check=True, text=True,
                          stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def faults(things):
    """What the page could not say of @things."""
    placed = [name for _, _, names in SUBJECTS for name in names]
    yield from (f"{name} is under two subjects" for name in sorted(set(placed)) if placed.count(name) > 1)
    for name, thing in sorted(things.items()):
        if not thing["meaning"]:
            yield f"{thing['kind']} report.{name} has no comment"
        if thing["kind"] != "view":
            continue
        if name not in placed:
            yield f"report.{name} is under no subject (tests/support/reports_page.py)"
        if not thing["roles"]:
            yield f"report.{name} is granted to nobody"
        yield from (f"report.{name}.{column} has no comment" for column, _, meaning in thing["columns"] if not meaning)


def cell(text):
    return (text or "").replace("|", "\\|").replace("\n", " ")


def section(name, thing):
    yield f"### report.{name}" + (f"({thing['arguments']})" if thing["kind"] == "function" else "")
    yield ""
    yield f"{thing['meaning']}."
    yield ""
    yield "For " + ", ".join(f"`{role}`" for role in thing["roles"] or []) + "."
    yield ""
    if thing["kind"] == "view":
        yield "| column | type | meaning |"
        yield "|---|---|---|"
        yield from (f"| `{column}` | {kind} | {cell(meaning)} |" for column, kind, meaning in thing["columns"])
    else:
        yield "Returns " + ", ".join(f"`{column}` {kind}" if column else kind
                                     for column, kind, _ in thing["columns"]) + "."
    yield ""


def page(things):
    lines = [HEAD]
    for title, about, names in SUBJECTS:
        known = [name for name in names if name in things]
        if known:
            lines += [f"## {title}", "", about, ""]
        for name in known:
            lines += section(name, things[name])
    return "\n".join(lines).rstrip("\n") + "\n"
