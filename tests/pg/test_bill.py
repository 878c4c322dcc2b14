"""hubmeter bill: FOCUS files as real clouds write them, distributed to zero."""
import gzip
import json

import pytest

from university import fill_university

HEADER = ("AvailabilityZone,BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodEnd,"
          "BillingPeriodStart,ChargeCategory,ChargeDescription,ChargePeriodEnd,ChargePeriodStart,ConsumedQuantity,"
          "ConsumedUnit,InvoiceIssuerName,PricingQuantity,ProviderName,ResourceId,ServiceName,SubAccountId,Tags,"
          "x_Discounts\n")


def row(cost, service, start="2026-10-05 10:00:00", end="2026-10-05 11:00:00", category="Usage", tags="NULL",
        description="a machine"):
    return (f'eu-1a,{cost},1234,"Uni, all",EUR,2026-11-01 00:00:00,2026-10-01 00:00:00,{category},{description},'
            f'{end},{start},1,Hours,AWS,1,AWS,i-1,{service},5678,{tags},"{{""a"": 1}}"\n')


BILL = (HEADER + row("0.252000000000003", "Machines") + row('"1.5"', "Kubernetes")
        + row("-0.05", "Machines", category="Credit") + row("0.30", "Mystery", description='"two\nlines, ""quoted"""'))
RULES = "institution,service,hub,component\nuni,Machines,hub-a,compute\nuni,Kube*,,core\n"


def fill_billed(loaded):
    loaded.ok("rate")
    loaded.ok("import", "bill-rules", loaded.write("rules.csv", RULES))


@pytest.fixture(name="billed")
def billed_database(copy_of):
    return copy_of(fill_billed, fill_university)


def bill_import(hubmeter, text, *more):
    return hubmeter.ok("bill", "import", hubmeter.write("focus.csv", text), "--institution=uni", *more)


def status(hubmeter, *more, **options):
    said = hubmeter.ok("bill", "status", "--month=2026-10", "--format=json", *more, **options)
    return json.loads(said, parse_float=str)


def test_from_the_file_to_zero(billed):
    said = bill_import(billed, BILL)
    assert said == ("focus.csv: 4 rows, 4 changed\n"
                    "  AWS 1234 2026-10: 4 lines, 2.002000000000003 EUR; no rule fits 1 of them, 0.3 EUR: "
                    "hubmeter bill unmatched\n")
    [bill] = status(billed)
    assert (bill["state"], bill["total"], bill["difference"]) == ("not distributed", "2.002000000000003", "2.002")
    rated = billed.ok("rate")
    assert rated.startswith("rated 0 hub-days\ndistributed bill uni AWS 1234 2026-10 EUR: lines ")
    [bill] = status(billed, user="hm_finance")
    assert (bill["state"], bill["difference"]) == ("distributed", 0)
    assert billed.sql("SELECT sum(amount) FROM report.bill_cost") == "2.002000000"
    assert billed.ok("rate") == "rated 0 hub-days\n", "nothing to do again"
    departments = billed.sql("SELECT department, sum(amount) FROM report.bill_cost GROUP BY 1 ORDER BY 1")
    assert "physics|" in departments and "biology|" in departments and "(suspense)|" in departments


def test_unknown_columns_are_kept(billed):
    bill_import(billed, BILL)
    extra = json.loads(billed.sql("SELECT extra FROM bill.line ORDER BY file_line LIMIT 1"))
    assert extra == {"AvailabilityZone": "eu-1a", "BillingAccountName": "Uni, all", "x_Discounts": '{"a": 1}'}
    assert billed.sql("SELECT description FROM bill.line ORDER BY file_line DESC LIMIT 1") == 'two\nlines, "quoted"'


def test_compressed(billed):
    assert "4 changed" in bill_import(billed, gzip.compress(BILL.encode()))
    assert "0 changed" in bill_import(billed, BILL), "the same bill"
    windows = "\ufeff" + BILL.replace('"two\nlines', '"two\r\nlines').replace("\n", "\r\n").replace("\r\r", "\r")
    assert "4 rows" in bill_import(billed, windows), "as a spreadsheet saves it"
    assert "not UTF-8" in billed.refused(
        "bill", "import", billed.write("latin.csv", BILL.replace("a machine", "\xe9t\xe9").encode("latin-1")),
        "--institution=uni")
    cut = gzip.compress(BILL.encode())[:-10]
    assert billed.refused("bill", "import", billed.write("cut.csv.gz", cut), "--institution=uni") == (
        'hubmeter: cannot read "cut.csv.gz": the compressed file is damaged or cut off\n')


def test_restated(billed):
    bill_import(billed, BILL)
    billed.ok("rate")
    said = bill_import(billed, BILL.replace("0.252000000000003", "0.352"))
    assert "4 lines, 2.102 EUR (+0.099999999999997)" in said
    assert billed.ok("rate").endswith("uni 2026-10: +0.1 EUR\n")
    [bill] = status(billed)
    assert (bill["revisions"], bill["difference"], bill["total"]) == (2, 0, "2.102")


def test_usage_and_attribution_move_it(billed):
    bill_import(billed, BILL)
    billed.ok("rate")
    billed.ok("import", "memberships", "-", text="person,institution,unit,valid_from,valid_to,home\n"
              "p1,uni,physics,2026-01-01,2026-10-01,yes\np1,uni,biology,2026-10-01,,yes\n")
    said = billed.ok("rate")
    assert "distributed bill uni AWS 1234 2026-10 EUR: lines 0 added, " in said
    assert billed.sql("SELECT count(*) FROM report.bill_cost"
                      " WHERE department = 'physics' AND component = 'compute'") == "0"


def test_dry_run_and_unmatched(billed):
    said = bill_import(billed, BILL, "--dry-run")
    assert said.startswith("focus.csv: 4 rows, 4 would change, nothing was imported\n  AWS 1234 2026-10: 4 lines, ")
    assert billed.sql("SELECT count(*) FROM bill.statement") == "0"
    assert "no bill was imported for 2026-10" in billed.run("bill", "status", "--month=2026-10").stderr
    bill_import(billed, BILL)
    [line] = json.loads(billed.ok("bill", "unmatched", "--month=2026-10", "--format=json"))
    assert (line["service"], line["lines"], line["amount"]) == ("Mystery", 1, 0.3)
    billed.ok("import", "bill-rules", "-", text=RULES + "uni,Mystery,,support\n")
    assert "every line of a bill fits a rule" in billed.run("bill", "unmatched", "--month=2026-10").stderr
    assert "distributed" in billed.ok("rate")


@pytest.mark.parametrize("text, message", [
    (HEADER.replace("BilledCost", "Cost") + "x\n", 'focus.csv:1: column "BilledCost": column is missing'),
    (HEADER + row("1,5", "x"), "focus.csv:2: 22 fields where the header has 21"),
    (HEADER + row('"1,5"', "x"), 'column "BilledCost": "1,5": is not a decimal number such as -0.0123'),
    (HEADER + row("1", "x", category="Gift"), 'column "ChargeCategory": "Gift": is not one of Usage, '),
    (HEADER + row("1", "x", tags="oops"), 'column "Tags": "oops": is not a JSON object'),
    (HEADER + row("99999999999", "x"), 'is too high to be booked'),
    (HEADER.encode("utf-16"), "UTF-16"),
], ids=("header", "fields", "cost", "category", "tags", "high", "utf16"))
def test_refused(billed, text, message):
    error = billed.refused("bill", "import", billed.write("focus.csv", text), "--institution=uni")
    assert message in error
    assert error.endswith("focus.csv: nothing was imported\n")
    assert billed.sql("SELECT count(*) FROM bill.statement") == "0"


def test_whose_bill(billed):
    assert billed.run("bill", "import", billed.write("focus.csv", BILL)).returncode == 2
    assert 'unknown institution "xx"' in billed.refused("bill", "import", "focus.csv", "--institution=xx")


def test_a_part_of_a_bill_is_explained(billed):
    bill_import(billed, BILL)
    billed.ok("rate")
    line = billed.sql("SELECT line_id FROM report.bill_detail WHERE person = 'p1' AND component = 'compute'")
    text = billed.ok("explain", line, user="hm_finance")
    assert "by the bill" in text
    assert "bill: AWS 1234 of 2026-10, 2.002000000000003 EUR in 4 lines, file focus.csv" in text
    assert "\namount: 0.046962815 EUR for 1024 of 3072 MiB-seconds, and " in text
    assert "as by the price book: home" in text and "membership: home of person p1 is physics" in text
    core = billed.sql("SELECT min(line_id) FROM report.bill_detail WHERE component = 'core'")
    assert "shared costs, as the department's other costs of the bill" in billed.ok("explain", core)
    assert billed.sql("SELECT sum(amount) FROM report.bill_detail") == "2.002000000"


def test_doctor_knows(billed):
    def bills():
        found = billed.run("doctor").stdout.splitlines()
        return next(line for line in found if line[5:].startswith("bills"))

    assert "every bill is distributed, and every line fits a rule" in bills()
    bill_import(billed, BILL)
    assert bills().startswith("WARN bills") and "uni AWS 1234 2026-10: not distributed" in bills()
    assert "uni AWS 2026-10: lines that no rule fits" in bills()
    billed.ok("import", "bill-rules", "-", text=RULES + "uni,Mystery,,support\n")
    billed.ok("rate")
    assert bills().startswith("ok")
