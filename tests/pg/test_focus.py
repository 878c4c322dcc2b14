"""hubmeter export focus: the laws of FOCUS that no validator sees, and the official validator for the others."""
import csv
import io
import json
import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from collections import Counter
from decimal import Decimal

import pytest

from project import SOURCE
from test_close import close, month  # noqa: F401  pylint: disable=unused-import
from university import fill_university

VALIDATOR = os.path.join(SOURCE, "deploy/local/focus-validator")
# The two cases of one OR: the file has an InvoiceId on every row, so the case of the null fails.
ALTERNATIVES = {"InvoiceId-C-004-C", "InvoiceId-C-005-C"}

PHYSICS = '=HYPERLINK("x"), "Physics";\n\'a\'\t; ünï'
LAB = "+1, @Lab\\ \"x\""
FEES = """institution,fee,kind,name,unit,annual_fee,hubs,tiers,first_month,last_month
uni,mau,active users,"Users, \"\"monthly\"\"\",physics,,hub-a,0:10.5 2:3.333333333,2026-10,2026-10
uni,club,membership,Club,,1000,,,2026-01,2026-12
"""
GROUPS = f"""institution,group,kind,name,unit
uni,lab,lab,"{LAB.replace('"', '""')}",physics
"""
MEMBERS = "institution,group,person,role,valid_from,valid_to\nuni,lab,p1,member,2026-01-01,\n"
PRICES = """institution,resource,class,rate,valid_from,valid_to
uni,gpu,a100,1.7999999999999,2026-01-01,
uni,storage,,0.0000333333333,2026-01-01,
"""
# Of the same workloads: another class with every resource, and the hours in which it is October in Berlin and not in
# UTC, or in UTC and not in Berlin. Traffic has no price.
MORE = """
INSERT INTO usage.resource_class (name) VALUES ('a100');
SELECT usage.ensure_month('2026-09-30Z'), usage.ensure_month('2026-11-01Z');
INSERT INTO usage.slot (slot_start, workload_id, class_id, cpu_used_usec, cpu_reserved_usec, cpu_billable_usec,
        memory_used_mib_sec, memory_reserved_mib_sec, memory_billable_mib_sec, gpu_used_msec, gpu_reserved_msec,
        gpu_billable_msec, storage_mib_sec, net_rx_bytes, net_tx_bytes, wall_msec, flags, hub_id)
SELECT t.slot, w.workload_id, c.class_id, 1234567, 3600000001, 3600000001, 77, 4096, 4099, 1, 899999, 900000, 123457,
       987654321, 1, 900000, 0, w.hub_id
FROM unnest(ARRAY['2026-09-30 21:45Z', '2026-09-30 22:00Z', '2026-10-05 10:15Z', '2026-10-05 23:45Z',
                  '2026-10-31 22:45Z', '2026-10-31 23:00Z']::timestamptz[]) AS t (slot),
     (usage.workload JOIN usage.node USING (node_id)) AS w, usage.resource_class AS c
WHERE c.name = 'a100' OR t.slot = '2026-10-05 10:15Z';
INSERT INTO ingest.dirty_day (hub_id, day)
SELECT hub_id, day FROM usage.hub, unnest(ARRAY['2026-09-30', '2026-10-31']::date[]) AS day;
"""
DECIMALS = ("BilledCost", "ListCost", "ContractedCost", "EffectiveCost", "PricingQuantity", "ListUnitPrice",
            "ContractedUnitPrice", "ConsumedQuantity", "PricingCurrencyContractedUnitPrice",
            "PricingCurrencyEffectiveCost", "PricingCurrencyListUnitPrice")
INSTANTS = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
MAY_BE_NULL = {"ChargeClass", "CommitmentDiscountStatus", "ResourceId", "ResourceName", "ResourceType",
               "x_BillableQuantity", "x_GroupCode", "x_GroupName", "x_MachineClass", "x_QuantityUnit",
               "x_ReservedQuantity", "x_UsedQuantity"}
UNITS = {"cpu": "Core-Hours", "memory": "GiB-Hours", "gpu": "GPU-Hours", "storage": "GiB-Hours", "net_rx": "GiB",
         "net_tx": "GiB", "active users": "Months", "membership": "Months"}


def export(hubmeter, of_month, *arguments, user="hm_finance"):
    done = hubmeter.run("export", "focus", "--month", of_month, *arguments, user=user)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def billed(rows, key="x_UsageMonth"):
    """{key: what is billed}"""
    sums = Counter()
    for row in rows:
        sums[row[key][:7]] += Decimal(row["BilledCost"])
    return dict(sums)


def reported(hubmeter):
    """What the reports say of each month: charges by the price book, and fees."""
    text = hubmeter.sql("""SELECT json_object_agg(month, amount::text)
        FROM (SELECT to_char(month, 'YYYY-MM') AS month, sum(amount) AS amount
              FROM (SELECT month, amount FROM report.department_cost
                    UNION ALL SELECT month, amount FROM report.fee_cost) AS c
              GROUP BY month) AS m""")
    return {name: Decimal(amount) for name, amount in json.loads(text).items()}


def validate(tmp_path, text):
    """The rules that the official validator finds broken, and how many it knows."""
    (tmp_path / "focus.csv").write_text(text, encoding="utf-8", newline="")
    done = subprocess.run([VALIDATOR, tmp_path / "focus.csv", tmp_path / "focus.xml"], stderr=subprocess.PIPE,
                          text=True, check=False)
    if done.returncode == 77:
        pytest.skip(done.stderr.splitlines()[-1])
    assert done.returncode == 0, done.stderr
    cases = list(ElementTree.parse(tmp_path / "focus.xml").iter("testcase"))
    return {case.get("name").split(" ")[0] for case in cases
            if case.find("failure") is not None or case.find("error") is not None}, len(cases)


def is_valid(tmp_path, text):
    broken, known = validate(tmp_path, text)
    return known > 500 and len(broken) == 1 and broken < ALTERNATIVES


def fill_charged(loaded):
    """More usage, groups, fees and names, rated."""
    loaded.sql(MORE)
    for kind, text in (("prices", PRICES), ("groups", GROUPS), ("members", MEMBERS), ("fees", FEES)):
        loaded.ok("import", kind, loaded.write("more.csv", text))
    loaded.sql(f"UPDATE org.unit SET name = $x${PHYSICS}$x$ WHERE code = 'physics'")
    loaded.ok("rate")


@pytest.fixture
def charged(copy_of):
    return copy_of(fill_charged, fill_university)


def check_row(row):
    """What holds for each row by itself."""
    for name in DECIMALS:
        assert re.fullmatch(r"-?\d+\.\d+", row[name]), name
    for name in INSTANTS:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row[name]), name
    assert {name for name, cell in row.items() if not cell} <= MAY_BE_NULL
    assert "NULL" not in row.values()
    quantity = Decimal(row["PricingQuantity"])
    assert Decimal(row["ListCost"]) == Decimal(row["ListUnitPrice"]) * quantity, "exactly"
    assert Decimal(row["ContractedCost"]) == Decimal(row["ContractedUnitPrice"]) * quantity
    assert row["EffectiveCost"] == row["BilledCost"]
    assert Decimal(row["ListUnitPrice"]) >= 0
    assert row["PricingUnit"] == UNITS[row["x_Resource"]]
    assert isinstance(json.loads(row["Tags"]), dict) and isinstance(json.loads(row["SkuPriceDetails"]), dict)
    assert row["ChargePeriodStart"] < row["ChargePeriodEnd"]
    if row["ChargeClass"] != "Correction":
        assert row["BillingPeriodStart"] <= row["ChargePeriodStart"]
        assert row["ChargePeriodEnd"] <= row["BillingPeriodEnd"]


def check_laws(rows):
    for row in rows:
        check_row(row)
    assert len({tuple(row.values()) for row in rows}) == len(rows)
    services = {(row["ServiceName"], row["ServiceCategory"], row["ServiceSubcategory"]) for row in rows}
    assert len(services) == len({name for name, _, _ in services})
    assert len({(row["SkuPriceId"], row["ListUnitPrice"]) for row in rows}) == len({row["SkuPriceId"] for row in rows})
    for name in rows[0]:
        assert re.fullmatch(r"(x_)?([A-Z][a-z]*)+", name), name


def test_a_month(charged):
    said = reported(charged)
    assert said["2026-10"] > 100 and set(said) >= {"2026-01", "2026-09", "2026-11"}
    for of_month in ("2026-09", "2026-10", "2026-11"):
        text = export(charged, of_month)
        rows = rows_of(text)
        check_laws(rows)
        assert billed(rows) == {of_month: said[of_month]}, "to the nano-unit"
        assert {row["InvoiceId"] for row in rows} == {f"uni/{of_month}/uni/EUR/provisional"}
        assert "ada" not in text and "p1" not in text, "nobody is named"
    assert export(charged, "2026-10", user="hm_rater") == export(charged, "2026-10", "--institution", "uni")


def test_what_a_row_says(charged):
    rows = rows_of(export(charged, "2026-10"))
    assert {row["x_Resource"] for row in rows} == set(UNITS)
    (gpu,) = [row for row in rows if row["x_Resource"] == "gpu" and row["SubAccountId"] == "physics"
              and row["ChargePeriodStart"] == "2026-09-30T22:00:00Z"]
    assert (gpu["ChargePeriodEnd"], gpu["BillingPeriodStart"], gpu["BillingPeriodEnd"]) == (
        "2026-10-01T00:00:00Z", "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z"), "October in Berlin"
    assert (gpu["PricingQuantity"], gpu["ListUnitPrice"], gpu["BilledCost"], gpu["ListCost"]) == (
        "0.250000000000", "1.7999999999999", "0.450000000", "0.449999999999975")
    assert (gpu["ConsumedQuantity"], gpu["ConsumedUnit"]) == ("0.000000277778", "GPU-Hours")
    assert (gpu["x_UsedQuantity"], gpu["x_ReservedQuantity"], gpu["x_QuantityUnit"]) == (
        "0.001", "899.999", "GPU-seconds")
    assert (gpu["SubAccountName"], gpu["x_GroupName"]) == (PHYSICS, LAB), "as they are"
    assert json.loads(gpu["Tags"]) == {"class": "a100", "department": "physics", "group": "lab", "group_kind": "lab"}
    assert (gpu["SkuId"], gpu["ChargeDescription"]) == ("uni/gpu/a100", "GPU on hub-a, class a100")
    fees = {row["x_Resource"]: row for row in rows if row["ChargeFrequency"] == "Recurring"}
    users = fees["active users"]
    assert (users["BilledCost"], users["ListUnitPrice"], users["PricingQuantity"], users["ConsumedQuantity"]) == (
        "24.333333333", "24.333333333", "1.0", "3.0")
    assert users["ChargeDescription"] == 'Active users: Users, "monthly", 3 users'
    assert fees["membership"]["SubAccountId"] == "(suspense)"
    assert {row["ListUnitPrice"] for row in rows if row["x_Resource"] == "net_rx"} == {"0.0"}
    assert {row["SkuPriceId"] for row in rows if row["x_Resource"] == "net_rx"} == {
        "uni/net_rx/unpriced", "uni/net_rx/a100/unpriced"}
    assert sum(Decimal(row["x_BillableQuantity"] or 0) for row in rows) == Decimal(charged.sql(
        "SELECT sum(billable) FROM report.department_cost WHERE month = '2026-10-01'")), "exact, whatever is rounded"


def test_the_file_itself(charged):
    text = export(charged, "2026-10")
    header, first = text.split("\n")[:2]
    columns = header.split(",")
    assert columns == sorted(columns, key=lambda name: (name.startswith("x_"), name)), "our own stand last"
    assert first.count('"') % 2 == 0 and not re.search(r'(?:^|,)""(?:,|$)', first), "null is nothing"
    assert "\r" not in text and text.endswith("\n")
    assert len(export(charged, "2030-01").splitlines()) == 1, "the header alone"


def test_refused(charged):
    assert "takes no --unit" in charged.refused("export", "focus", "--unit", "physics", status=2)
    assert "takes no --format json" in charged.refused("export", "focus", "--format=json", status=2)
    assert '"soon": not a month' in charged.refused("export", "focus", "--month", "soon", status=2)
    assert 'no institution "x"' in charged.refused("export", "focus", "--institution", "x")
    assert charged.sql("SELECT has_table_privilege('hm_steward', 'report.focus_charge', 'SELECT')") == "f"


def test_what_a_closed_month_lacked_is_a_correction(month, tmp_path):  # noqa: F811  pylint: disable=W0621
    close(month)
    october = rows_of(export(month, "2026-10"))
    assert {row["InvoiceId"] for row in october} == {"uni/2026-10/uni/EUR"}
    month.sql("UPDATE usage.slot SET memory_used_mib_sec = 9999, memory_billable_mib_sec = 9999;"
              "INSERT INTO ingest.dirty_day (hub_id, day) SELECT hub_id, '2026-10-05' FROM usage.hub")
    month.ok("import", "prices", month.write("late.csv", "institution,resource,class,rate,valid_from,valid_to\n"
                                             "uni,cpu,,0.5,2026-01-01,\n"))
    month.ok("rate")
    november = rows_of(export(month, "2026-11"))
    check_laws([row for row in november if Decimal(row["BilledCost"])])
    assert {row["ChargeClass"] for row in november} == {"Correction"}
    assert {row["InvoiceId"] for row in november} == {"uni/2026-11/uni/EUR/provisional"}
    assert {row["ChargePeriodStart"] for row in november} == {"2026-10-05T00:00:00Z"}, "its own time"
    assert any(Decimal(row["PricingQuantity"]) < 0 for row in november), "what was charged otherwise is given back"
    assert rows_of(export(month, "2026-10")) == october, "closed is closed"
    assert billed(october + november) == reported(month)
    assert is_valid(tmp_path, export(month, "2026-11"))


def test_the_validator(charged, tmp_path):
    text = export(charged, "2026-10")
    broken, known = validate(tmp_path, text)  # each time takes ten seconds; of names in ASCII the others say
    assert known > 500
    assert broken - ALTERNATIVES == {"SubAccountName-C-000-C", "SubAccountName-C-002-M"}, "it takes ASCII only"
    assert len(broken & ALTERNATIVES) == 1
    text = text.replace("ünï", "uni").replace("Core-Hours", "core_hours").replace(",EUR,", ",Euro,")
    broken, _ = validate(tmp_path, text)
    assert {name.split("-")[0] for name in broken} >= {"PricingUnit", "BillingCurrency"}, "it looks"
    assert "SubAccountName" not in {name.split("-")[0] for name in broken}


def test_a_federation(hubmeter, tmp_path):
    hubmeter.ok("demo", "federation", "--scale", "small", "--seed", "7")
    for name in hubmeter.files.glob("usage-2025-*.csv"):
        if name.name != "usage-2025-09.csv":  # a month is enough, and a fifth of the time
            name.write_text("\n".join(name.read_text(encoding="utf-8").split("\n")[:2]) + "\n", encoding="utf-8")
    assert hubmeter.run("demo", "load", ".").returncode == 0
    hubmeter.ok("rate")
    said = reported(hubmeter)
    assert "2025-09" in said
    for of_month in said:
        text = export(hubmeter, of_month)
        rows = rows_of(text)
        check_laws(rows)
        assert billed(rows) == {of_month: said[of_month]}
        if of_month == "2025-09":
            assert is_valid(tmp_path, text)
            assert len({row["InvoiceId"] for row in rows}) > 3, "who used the hubs of others owes them"
            alone = rows_of(export(hubmeter, of_month, "--institution", "demo-west"))
            assert alone == [row for row in rows if row["BillingAccountId"] == "demo-west"] != []
            hubmeter.sql("""INSERT INTO org.reader (login, scope, institution_id, valid)
                SELECT 'wes', 'institution', institution_id, '[,)' FROM org.institution WHERE code = 'demo-west';
                CREATE ROLE wes LOGIN IN ROLE hm_finance""")
            seen = rows_of(export(hubmeter, of_month, user="wes"))
            hubmeter.sql("DROP ROLE wes")
            assert seen == alone and len({row["ProviderName"] for row in alone}) > 1, "also on hubs of others"
