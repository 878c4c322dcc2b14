"""hubmeter import: a whole file or nothing, and every error named."""
import re

import pytest

from university import FILES, MEMBERSHIPS, ORG, PRICES


def test_twice(hubmeter):
    for (kind, text), rows in zip(FILES.items(), (4, 3, 2, 2)):
        name = hubmeter.write(kind + ".csv", text)
        first = hubmeter.ok("import", kind, name)
        assert re.search(rf"^{name}: {rows} rows, [1-9]\d* changed\n$", first)
        assert hubmeter.ok("import", kind, name) == f"{name}: {rows} rows, 0 changed\n"
    assert hubmeter.sql("SELECT name FROM org.person WHERE code = 'p2'") == "Lindqvist, Zoë"


def test_standard_input(hubmeter):
    said = hubmeter.ok("import", "org", "-", text=ORG, user="hm_rater")
    assert said == "standard input: 4 rows, 4 changed\n"


def test_backslashes_and_tabs(hubmeter):
    """Nothing is changed on the way to the database, where tabs are refused."""
    hubmeter.ok("import", "org", "-", text=ORG)
    hubmeter.ok("import", "people", "-", text='person,name\np1,"a\\N\\tb\\"\n')
    assert hubmeter.sql("SELECT name FROM org.person") == "a\\N\\tb\\"
    assert hubmeter.refused("import", "people", "-", text="person,name\np2,a\tb\\\n") == (
        'standard input:2: column "name": "a\\tb\\": has a control character or line break\n'
        "standard input: nothing was imported\n")


def test_bad_header(hubmeter):
    name = hubmeter.write("people.csv", "person,nmae,person\np1,Ada,x\n")
    assert hubmeter.refused("import", "people", name) == (
        'people.csv:1: column "nmae": unknown column, expected person,name,hub,username,valid_from,valid_to\n'
        'people.csv:1: column "person": column given twice\n'
        'people.csv:1: column "name": column is missing\n'
        "people.csv: nothing was imported\n")


def test_bad_rows(hubmeter):
    name = hubmeter.write("people.csv", 'person,name\np1,"A\nB"\np2\np3,C,D\np4,E\n')
    assert hubmeter.refused("import", "people", name) == (
        "people.csv:4: 1 field where the header has 2\n"
        "people.csv:5: 3 fields where the header has 2\n"
        "people.csv: nothing was imported\n")
    assert hubmeter.sql("SELECT count(*) FROM org.person") == "0"


@pytest.mark.parametrize("data, message", [
    pytest.param(b"person,name\np1,a\0b\n", "people.csv:2: NUL byte", id="nul"),
    pytest.param(b"person,name\np1,Zo\xeb\n", "people.csv:2: not UTF-8", id="latin1"),
    pytest.param(b'person,name\np1,"a\n', "people.csv:2: a quote is opened here", id="quote"),
    pytest.param(b"", "people.csv:1: empty, expected a line person,name", id="empty"),
])
def test_bad_bytes(hubmeter, data, message):
    assert message in hubmeter.refused("import", "people", hubmeter.write("people.csv", data))


def test_bad_values(hubmeter):
    hubmeter.ok("import", "org", "-", text=ORG)
    before = hubmeter.sql("SELECT count(*) FROM price.book")
    error = hubmeter.refused("import", "prices", hubmeter.write("prices.csv", PRICES + """
uni,cpu,gold,cheap,,2026-01-01,
uni,cpu,silver,1,,2026-01-01T00:07Z,
"""))
    assert error.splitlines() == [
        'prices.csv:5: column "rate": "cheap": is not a decimal number such as 0.013',
        'prices.csv:6: column "valid_from": "2026-01-01T00:07Z": boundary 2026-01-01T00:07Z is '
        "not on a slot: it must be on a quarter of an hour (minute 00, 15, 30 or 45 of UTC)",
        "prices.csv: nothing was imported"]
    assert hubmeter.sql("SELECT count(*) FROM price.book") == before


def test_many_errors(hubmeter):
    rows = "".join(f"p{i}\n" for i in range(30))
    name = hubmeter.write("people.csv", "person,name\n" + rows)
    lines = hubmeter.refused("import", "people", name).splitlines()
    assert len(lines) == 22
    assert lines[20:] == ["people.csv: 10 more errors", "people.csv: nothing was imported"]


def test_no_file(hubmeter):
    assert hubmeter.refused("import", "people", "nowhere.csv") == (
        'hubmeter: cannot read "nowhere.csv": No such file or directory\n')


def test_not_permitted(hubmeter):
    assert 'permission denied to set role "hm_rater"' in hubmeter.refused(
        "import", "org", "-", text=ORG, user="hm_finance")


def test_dry_run(hubmeter):
    name = hubmeter.write("org.csv", ORG)
    assert hubmeter.ok("import", "org", name, "--dry-run") == (
        "org.csv: 4 rows, 4 would change, nothing was imported\n")
    assert hubmeter.sql("SELECT count(*) FROM org.unit") == "0"
    assert hubmeter.ok("import", "org", name) == "org.csv: 4 rows, 4 changed\n"
    assert "unknown" in hubmeter.refused("import", "org", "-", "--dry-run",
                                         text=ORG.replace("Europe/Berlin", "Europe/Nowhere"))


def test_what_a_spreadsheet_adds(hubmeter):
    name = hubmeter.write("people.csv", "person,name,,\np1,Ada,,\n,,,\n,,,\n")
    done = hubmeter.run("import", "people", name)
    assert (done.returncode, done.stdout) == (0, "people.csv: 1 row, 1 changed\n")
    assert done.stderr == (
        "people.csv:1: note: empty fields behind the last column: left out, in 2 lines from here "
        "on\npeople.csv:3: note: nothing but empty fields: left out, in 2 lines from here on\n")


@pytest.mark.parametrize("data, message", [
    (b"person;name\np1;Ada\n", "people.csv:1: fields are separated by semicolons: save the file "
                               "with commas"),
    ("person,name\n".encode("utf-16"), 'people.csv:1: UTF-16: save the file as UTF-8 (Excel: "CSV '
                                       'UTF-8")'),
    (b"person,name\n", "people.csv:2: no rows: there is only the header"),
])
def test_what_is_no_list_of_people(hubmeter, data, message):
    error = hubmeter.refused("import", "people", hubmeter.write("people.csv", data))
    assert error == f"{message}\npeople.csv: nothing was imported\n"


def test_too_large(hubmeter):
    path = hubmeter.files / "people.csv"
    with open(path, "wb") as file:
        file.truncate((256 << 20) + 1)
    assert hubmeter.refused("import", "people", "people.csv") == (
        'hubmeter: cannot read "people.csv": larger than 256 MiB: split it, every part with the '
        "line of column names\n")


def test_cells_that_can_only_go_wrong(hubmeter):
    """P5: invisible characters are refused by cell: never a second person."""
    hubmeter.ok("import", "org", "-", text=ORG)
    error = hubmeter.refused("import", "people", hubmeter.write(
        "people.csv", 'person,name,hub,username\np1,Ada,hub-a,"ada\n"\np2,Ben,hub-a,ben \n'
        "p3,Zo\u00eb,hub-a,zoe\u00a0\np4,Dan,hub-a,d\u200ban\np5,Eve,Hub A,eve\n"))
    assert [re.sub(r'"[^"]*": ', "", line, 2) for line in error.splitlines()[:-1]] == [
        "people.csv:2: column has a control character or line break",
        "people.csv:4: column ends with a blank",
        "people.csv:5: column has a no-break space: type a blank instead",
        "people.csv:6: column has an invisible character: type it anew",
        "people.csv:7: column is not a hub's name: up to 200 letters, digits, - and _, the first a "
        "letter or digit"]


def test_warnings_do_not_stop(loaded):
    done = loaded.run("import", "people", loaded.write(
        "people.csv", "person,name,hub,username\np1,Ada Byron,hub-a,ADA\np1,Ada Byron,hub-z,ada\n"))
    assert (done.returncode, done.stdout) == (0, "people.csv: 2 rows, 2 changed\n")
    assert done.stderr == (
        'people.csv:2: warning: column "username": "ADA": differs from ada, which is known, only in '
        "how it is written\n"
        'people.csv:3: warning: column "hub": "hub-z": no node of this hub has sent anything yet, '
        "and no file declares it\n")


def test_a_column_that_is_left_out_changes_nothing(loaded):
    loaded.ok("import", "org", "-", text="institution,time_zone,currency,unit,parent,name\n"
              "uni,,,biology,physics,Biology\n")
    assert loaded.ok("import", "org", "-", text="institution,time_zone,currency,unit,name\n"
                     "uni,,,biology,Life\n") == "standard input: 1 row, 1 changed\n"
    assert loaded.sql("SELECT count(*) FROM org.unit_parent WHERE upper_inf(valid)") == "1"
    price = "uni,cpu,,0.0130000000001,2026-01-01,\n"
    loaded.ok("import", "prices", "-",
              text="institution,resource,class,rate,valid_from,valid_to\n" + price)
    market = "SELECT market_rate FROM price.book WHERE resource = 'cpu'"
    assert loaded.sql(market) == "0.0400000000000"
    loaded.ok("import", "prices", "-", text="institution,resource,class,rate,valid_from,valid_to,"
              "market_rate\n" + price.rstrip("\n") + ",\n")
    assert loaded.sql(market) == ""
    loaded.ok("import", "org", "-", text="institution,time_zone,currency,unit,parent,name\n"
              "uni,,,biology,,Life\n")
    assert loaded.sql("SELECT count(*) FROM org.unit_parent WHERE upper_inf(valid)") == "0"


def test_void(loaded):
    """A row that was wrong: what changes is said first, then it is so, and importing it undoes that."""
    loaded.ok("rate")
    name = loaded.write("wrong.csv", MEMBERSHIPS.splitlines()[0] + "\np1,uni,physics,2026-01-01,,yes\n")
    effect = ("  uni 2026-10: 1 hub-day, 0 EUR\n    (suspense) +0.013000486 EUR\n"
              "    physics -0.013000486 EUR\n")
    assert loaded.ok("void", "memberships", name, "--reason=never hired", "--dry-run") == (
        "wrong.csv: 1 row, 1 would be voided, nothing was\n" + effect)
    assert loaded.sql("SELECT count(*) FROM org.membership WHERE voided_at IS NOT NULL") == "0"
    assert loaded.ok("void", "memberships", name, "--reason", "never hired") == (
        "wrong.csv: 1 row, 1 voided\n" + effect)
    assert loaded.ok("rate") == "rated 1 hub-day: lines 0 added, 2 changed, 0 removed, 0 unchanged\n"
    assert loaded.sql("SELECT reason || ': ' || detail FROM charge.run WHERE reason = 'correction'") == (
        "correction: void memberships wrong.csv: never hired")
    assert loaded.refused("void", "memberships", name, "--reason=again") == (
        'wrong.csv:2: column "valid_from": "2026-01-01": no such row is stored, from that time on\n'
        "wrong.csv: nothing was voided\n")
    assert "1 changed" in loaded.ok("import", "memberships", name)
    assert loaded.ok("rate") == "rated 1 hub-day: lines 0 added, 2 changed, 0 removed, 0 unchanged\n"


@pytest.mark.parametrize("words, message", [
    (("void", "memberships", "x.csv"), "void needs --reason TEXT: why the rows are wrong"),
    (("void", "usage", "x.csv", "--reason=x"),
     'can\'t void "usage": not org, people, memberships, groups, members, prices, settlements, domains, customers, '
     'plans, assignments, caps, stewards or readers'),
    (("void", "people"), '"void" needs KIND FILE.csv|-'),
])
def test_void_usage(hubmeter, words, message):
    done = hubmeter.run(*words)
    assert (done.returncode, done.stderr) == (2, f"hubmeter: {message}\nTry 'hubmeter --help'.\n")


def test_sources(loaded):
    roster = MEMBERSHIPS.splitlines()[0] + "\np1,uni,biology,2026-02-01,,no\np2,uni,physics,2026-02-01,,no\n"
    whole = ("import", "memberships", "-", "--source=sis", "--replace")
    assert loaded.ok(*whole, text=roster) == "standard input: 2 rows, 2 changed\n"
    assert loaded.ok(*whole, text=roster) == "standard input: 2 rows, 0 changed\n"
    assert loaded.ok(*whole, text=roster[:roster.index("p2")]) == "standard input: 1 row, 1 changed\n"
    assert loaded.sql("SELECT count(*) FROM org.membership WHERE source = 'csv' AND voided_at IS NULL") == "2"
    kept = '"valid_from": "2026-01-01": is kept by source csv: say --source csv, or void it\n'
    assert loaded.refused(*whole, text=MEMBERSHIPS.replace("2026-01-01,,", "2026-01-01,2026-09-01,")) == (
        f"standard input:2: column {kept}standard input:3: column {kept}standard input: nothing was imported\n")
