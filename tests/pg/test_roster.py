"""hubmeter import canvas: what another system says of people, courses and members, all of it or nothing."""
import re

import pytest

from university import ORG

AT = ("--institution", "uni", "--hub", "hub-a")
CANVAS = {
    "users": """user_id,login_id,password,full_name,status
u1,ada,Hunter2,Ada Byron,active
u2,ben,Hunter2,Ben Okafor,active
u3,zoë,Hunter2,"Lindqvist, Zoë",active
""",
    "accounts": """account_id,parent_account_id,name,status
physics,,Physics,active
optics,physics,Optics Group,active
""",
    "terms": """term_id,name,status,start_date,end_date
f26,Fall,active,2026-09-01,2026-12-20
""",
    "courses": """course_id,short_name,long_name,account_id,term_id,status,start_date,end_date
P101,P101,Mechanics,optics,f26,active,,
P102,P102,Optics,physics,f26,active,2026-10-01,2026-11-30T23:59:59Z
P102X,P102X,Optics for all,biology,f26,active,,
""",
    "sections": """section_id,course_id,name,status,start_date,end_date
s1,P101,one,active,,
s2,P101,two,active,,
s3,P102,one,active,2026-10-05,
s4,P102,two,active,,
""",
    "xlists": """xlist_course_id,section_id,status
P102X,s4,active
""",
    "enrollments": """course_id,user_id,role,section_id,status
P101,u1,student,s1,active
,u2,ta,s1,active
,u2,student,s2,active
,u3,student,s3,active
,u1,student,s4,active
""",
}
MEMBERS = """SELECT string_agg(format('%s %s %s [%s, %s)', p.code, g.code, m.role,
        to_char(lower(m.valid) AT TIME ZONE i.time_zone, 'MM-DD HH24:MI'),
        to_char(upper(m.valid) AT TIME ZONE i.time_zone, 'MM-DD HH24:MI')), chr(10) ORDER BY 1, p.code, g.code, m.valid)
    FROM org.group_member m JOIN org.person p USING (person_id) JOIN org.user_group g USING (group_id)
    JOIN org.institution i USING (institution_id) WHERE m.voided_at IS NULL"""
FIRST = """u1 P101 student [09-01 00:00, 12-20 00:00)
u1 P102X student [09-01 00:00, 12-20 00:00)
u2 P101 ta [09-01 00:00, 12-20 00:00)
u3 P102 student [10-05 00:00, 12-01 01:00)"""
NOW = "SELECT to_char(usage.slot_of(now()) AT TIME ZONE 'Europe/Berlin', 'MM-DD HH24:MI')"


def fill_org(hubmeter):
    hubmeter.ok("import", "org", "-", text=ORG)


class Roster:
    """A folder of files, and the institution that they are of."""

    def __init__(self, hubmeter, files):
        self.hubmeter = hubmeter
        self.folder = hubmeter.files / "sis"
        self.folder.mkdir()
        for name, text in files.items():
            self.write(name, text)

    def write(self, name, text):
        (self.folder / f"{name}.csv").write_text(text, encoding="utf-8")

    def edit(self, name, old, new):
        text = (self.folder / f"{name}.csv").read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def only(self, *names):
        for path in self.folder.iterdir():
            if path.stem not in names:
                path.unlink()

    def ok(self, *options):
        return self.hubmeter.ok("import", "canvas", "sis", *AT, *options)

    def refused(self, *options):
        return self.hubmeter.refused("import", "canvas", "sis", *AT, *options)

    def members(self):
        return self.hubmeter.sql(MEMBERS)

    def age(self, interval="10 days"):
        """What was seen until now was seen longer ago."""
        self.hubmeter.sql(f"""UPDATE import.roster_record SET first_slot = first_slot - interval '{interval}',
            away = (SELECT coalesce(range_agg(tstzrange(lower(a) - interval '{interval}',
                                                        upper(a) - interval '{interval}')), '{{}}') FROM unnest(away) a)
            WHERE away IS NOT NULL""")


@pytest.fixture
def canvas(copy_of):
    return Roster(copy_of(fill_org), CANVAS)


def test_canvas(canvas):
    said = canvas.ok()
    assert said == """canvas of uni: 7 files, 19 rows; changed:
  rows with news: 19
  new people: 3
  new user names: 3
  new groups: 3
  departments of groups: 3
  memberships added: 4
"""
    assert canvas.members() == FIRST
    sql = canvas.hubmeter.sql
    assert sql("SELECT code, name FROM org.person ORDER BY 1") == "u1|Ada Byron\nu2|Ben Okafor\nu3|Lindqvist, Zoë"
    assert sql("SELECT hub, username, source, valid FROM org.alias ORDER BY 2 LIMIT 1") == "hub-a|ada|canvas|(,)"
    assert sql("SELECT g.code, g.kind, g.name, u.code FROM org.user_group g JOIN org.group_unit USING (group_id) "
               "JOIN org.unit u USING (unit_id) ORDER BY 1") == (
        "P101|course|Mechanics|physics\nP102|course|Optics|physics\nP102X|course|Optics for all|biology")
    assert sql("SELECT reason, detail FROM charge.run ORDER BY run_id DESC LIMIT 1") == "import|canvas roster sis"


def test_twice_changes_nothing(canvas):
    canvas.ok()
    runs = canvas.hubmeter.sql("SELECT count(*) FROM charge.run")
    assert canvas.ok() == "canvas of uni: 7 files, 19 rows, nothing new\n"
    assert canvas.ok("--replace") == "canvas of uni: 7 files, 19 rows, nothing new\n"
    assert canvas.hubmeter.sql("SELECT count(*) FROM charge.run") == runs


def test_dry_run(canvas):
    assert "19 rows; would change, nothing was imported:\n" in canvas.ok("--dry-run")
    assert canvas.hubmeter.sql("SELECT count(*) FROM org.person") == "0"
    assert canvas.hubmeter.sql("SELECT count(*) FROM import.roster") == "0"


def test_passwords_go_nowhere(canvas):
    canvas.ok()
    canvas.edit("users", "Ben Okafor,active", "Ben Okafor,actve")
    canvas.edit("users", 'Hunter2,"Lindqvist, Zoë"', 'Hunter2,Lindqvist, Zoë')
    assert "Hunter2" not in canvas.refused()
    everything = canvas.hubmeter.sql("SELECT jsonb_agg(c) FROM audit.change c") + canvas.hubmeter.sql(
        "SELECT jsonb_agg(r) FROM import.roster_record r")
    assert "Hunter2" not in everything


def test_missing_rows_left_now(canvas):
    """The student was in the course until then: the row ends, it is not voided."""
    canvas.ok()
    canvas.age()
    canvas.edit("enrollments", ",u3,student,s3,active\n", "")
    assert "memberships changed or ended" not in canvas.ok(), "a file of differences says nothing of others"
    now = canvas.hubmeter.sql(NOW)
    said = canvas.ok("--replace")
    assert "  rows that are there no more: 1\n  memberships changed or ended: 1\n" in said
    later = canvas.hubmeter.sql(NOW)
    assert canvas.members() in [FIRST.replace("12-01 01:00", t) for t in (now, later)]
    assert canvas.hubmeter.sql("SELECT count(*) FROM org.group_member WHERE voided_at IS NOT NULL") == "0"


def test_who_is_back_is_in_from_then_on(canvas):
    canvas.ok()
    whole = (canvas.folder / "enrollments.csv").read_text(encoding="utf-8")
    canvas.edit("enrollments", "P101,u1,student,s1,active\n", "")
    canvas.ok("--replace")
    canvas.age("3 days")
    canvas.write("enrollments", whole)
    canvas.ok("--replace")
    ranges = canvas.hubmeter.sql(
        "SELECT count(*), min(upper(valid)) < max(lower(valid)), max(upper(valid)) FROM org.group_member "
        "JOIN org.person p USING (person_id) JOIN org.user_group g USING (group_id) "
        "WHERE p.code = 'u1' AND g.code = 'P101'")
    assert ranges == "2|t|2026-12-19 23:00:00+00"


@pytest.mark.parametrize("status", ["deleted", "inactive", "completed"])
def test_status_ends_a_membership(canvas, status):
    canvas.ok()
    canvas.only("enrollments")
    canvas.write("enrollments", f"course_id,user_id,role,section_id,status\nP101,u1,student,s1,{status}\n")
    assert "memberships changed or ended: 1" in canvas.ok()
    assert canvas.hubmeter.sql(
        "SELECT count(*) FROM org.group_member m JOIN org.person p USING (person_id) JOIN org.user_group g "
        "USING (group_id) WHERE p.code = 'u1' AND g.code = 'P101' AND upper(m.valid) <= now()") == "1"
    assert canvas.ok() == "canvas of uni: 1 file, 1 row, nothing new\n"


def test_drop_date_of_the_file(canvas):
    canvas.ok()
    canvas.only("enrollments")
    canvas.write("enrollments", "course_id,user_id,role,section_id,status,start_date,end_date\n"
                                "P101,u1,student,s1,deleted,,2026-09-20T22:07:00Z\n")
    canvas.ok()
    assert canvas.members() == FIRST.replace("P101 student [09-01 00:00, 12-20 00:00)",
                                             "P101 student [09-01 00:00, 09-21 00:15)")


def test_deleted_before_it_was_seen(canvas):
    canvas.edit("enrollments", "P101,u1,student,s1,active", "P101,u1,student,s1,deleted")
    assert "  left out: enrollments that ended before they were seen: 1\n" in canvas.ok()
    assert "u1 P101" not in canvas.members()


def test_never_a_whole_slot_is_voided(canvas):
    """Without dates a membership begins when it is seen; gone in the same slot it never was."""
    canvas.only("users", "courses", "enrollments")
    canvas.write("courses", "course_id,short_name,long_name,status\nP101,P,Mechanics,active\n")
    canvas.write("enrollments", "course_id,user_id,role,status\nP101,u1,student,active\nP101,u2,student,active\n")
    canvas.ok()
    canvas.edit("enrollments", "P101,u1,student,active\n", "")
    canvas.hubmeter.sql("UPDATE import.roster_record SET first_slot = usage.slot_of(now()) + interval '15 min' "
                        "WHERE person = 'u1'")
    canvas.ok("--replace")
    assert canvas.hubmeter.sql("SELECT void_reason FROM org.group_member WHERE voided_at IS NOT NULL") == (
        "held for no slot in the roster of source canvas")


def test_differences_alone(canvas):
    """What sections and courses are is known from before."""
    canvas.ok()
    canvas.only("enrollments")
    canvas.write("enrollments", "course_id,user_id,role,section_id,status\n,u3,student,s2,active\n,u2,ta,s1,deleted\n")
    canvas.ok()
    assert canvas.members() == FIRST.replace("u2 P101 ta", "u2 P101 student").replace(
        "u3 P102 ", "u3 P101 student [09-01 00:00, 12-20 00:00)\nu3 P102 ")


def test_people_are_found_by_their_name_on_the_hub(canvas):
    canvas.hubmeter.ok("import", "people", "-", text="person,name,hub,username\np-77,Ada,hub-a,ada\nu2,Ben,,\n")
    assert "new people: 1\n" in canvas.ok()
    assert canvas.hubmeter.sql("SELECT p.code, a.username, a.source FROM org.alias a JOIN org.person p "
                               "USING (person_id) ORDER BY 1") == "p-77|ada|csv\nu2|ben|canvas\nu3|zoë|canvas"
    assert canvas.members().startswith("p-77 P101 student")
    canvas.edit("users", "u1,ada,", "u1,ada.b,")
    canvas.ok()
    assert canvas.hubmeter.sql("SELECT count(*) FROM org.alias a JOIN org.person USING (person_id) "
                               "WHERE code = 'p-77'") == "2"


def test_case_makes_another_name(canvas):
    canvas.hubmeter.ok("import", "people", "-", text="person,name,hub,username\np-77,Ada,hub-a,ADA\n")
    done = canvas.hubmeter.run("import", "canvas", "sis", *AT)
    assert done.returncode == 0
    assert done.stderr == ('sis/users.csv:2: warning: column "login_id": "ada": differs from ADA, which is known, '
                           "only in how it is written\n")
    assert "new people: 3" in done.stdout


def test_a_name_that_is_somebody_elses(canvas):
    canvas.ok()
    canvas.edit("users", "u2,ben,", "u2,ada,")
    canvas.edit("users", "u1,ada,", "u1,abyron,")
    assert canvas.refused() == (
        'sis/users.csv:3: column "login_id": "ada": is the user name of u1 on hub-a, not of u2: end that row of '
        "people first, or void it\ncanvas: nothing was imported\n")


def test_another_source_keeps_its_rows(canvas):
    canvas.hubmeter.ok("import", "people", "-", text="person,name,hub,username\nu1,Ada Byron,hub-a,ada\n")
    canvas.hubmeter.ok("import", "groups", "-", text="institution,group,kind,name,unit,valid_from\n"
                       "uni,P101,course,Mechanics,biology,2026-01-01\n")
    canvas.hubmeter.ok("import", "members", "-", text="person,institution,group,role,valid_from,valid_to\n"
                       "u1,uni,P101,student,2026-09-15,2026-10-01\n")
    said = canvas.ok()
    assert "  left out: departments of groups, which another source keeps: 1\n" in said
    assert "  left out: memberships that another source keeps: 1\n" in said
    assert canvas.members().splitlines()[:3] == [
        "u1 P101 student [09-01 00:00, 09-15 00:00)", "u1 P101 student [09-15 00:00, 10-01 00:00)",
        "u1 P101 student [10-01 00:00, 12-20 00:00)"]
    assert canvas.ok().startswith("canvas of uni: 7 files, 19 rows, nothing new\n")


def test_a_course_moves_to_another_department(canvas):
    canvas.ok()
    canvas.hubmeter.sql("UPDATE org.group_unit SET valid = tstzrange(now()::date - 7, NULL)")
    canvas.edit("courses", "P101,P101,Mechanics,optics", "P101,P101,Mechanics,biology")
    assert "departments of groups: 1\n" in canvas.ok()
    assert canvas.hubmeter.sql("SELECT u.code, upper_inf(k.valid) FROM org.group_unit k "
                               "JOIN org.unit u USING (unit_id) JOIN org.user_group g USING (group_id) "
                               "WHERE g.code = 'P101' ORDER BY k.valid") == (
        "physics|f\nbiology|t")


def test_errors_have_places(canvas):
    canvas.edit("enrollments", ",u2,ta,s1,active", ",u9,ta,s9,active")
    canvas.edit("terms", "f26,Fall,active,2026-09-01", "f26,Fall,active,Sept 1")
    canvas.edit("sections", "s3,P102,one,active,2026-10-05,", "s3,P102,one,active,2026-10-05,2026-10-01")
    assert canvas.refused().splitlines() == [
        'sis/sections.csv:4: column "end_date": "2026-10-01": is not after the start',
        'sis/terms.csv:2: column "start_date": "Sept 1": is neither a date (2026-09-01) nor a time '
        "(2026-09-01T08:00:00Z)",
        "canvas: nothing was imported"]
    canvas.write("terms", CANVAS["terms"])
    canvas.write("sections", CANVAS["sections"])
    assert canvas.refused().splitlines() == [
        'sis/enrollments.csv:3: column "section_id": "s9": unknown section',
        'sis/enrollments.csv:3: column "user_id": "u9": unknown user',
        "canvas: nothing was imported"]
    assert canvas.hubmeter.sql("SELECT count(*) FROM import.roster_record") == "0"


def test_broken_csv(canvas):
    canvas.edit("users", "Hunter2,Ada Byron", 'Hunter2,Ada "A" Byron')
    canvas.edit("courses", "2026-11-30T23:59:59Z", "2026-11-30,x")
    assert canvas.refused().splitlines() == [
        "sis/courses.csv:3: 9 fields where the header has 8",
        "sis/users.csv:2: stray quote: quote the whole field and double the quotes in it",
        "canvas: nothing was imported"]


def test_provisioning_report(canvas):
    """More columns, and rows of what Canvas made itself."""
    canvas.only("users")
    canvas.write("anything", "canvas_term_id,term_id,name,status,start_date,end_date,created_by_sis\n"
                             "1,,Default Term,active,,,false\n"
                             "2,f26,Fall,active,2026-09-01T04:00:00Z,2026-12-20T05:00:00Z,true\n")
    canvas.write("c", "canvas_course_id,course_id,integration_id,short_name,long_name,canvas_account_id,account_id,"
                      "canvas_term_id,term_id,status,start_date,end_date,course_format,created_by_sis\n"
                      "7,P101,,P101,Mechanics,1,,2,f26,active,,,,true\n"
                      "8,,,Sandbox,Sandbox,1,,1,,unpublished,,,,false\n")
    canvas.write("e", "canvas_course_id,course_id,canvas_user_id,user_id,role,role_id,canvas_section_id,section_id,"
                      "status,canvas_associated_user_id,associated_user_id,created_by_sis,base_role_type,"
                      "limit_section_privileges,canvas_enrollment_id\n"
                      "7,P101,1,u1,student,3,9,,active,,,true,StudentEnrollment,false,1\n"
                      "7,P101,5,,student,3,9,,active,,,false,StudentViewEnrollment,false,2\n")
    said = canvas.ok()
    assert re.findall("left out: .*", said) == [
        "left out: courses without an id: 1", "left out: enrollments of users without an id: 1",
        "left out: terms without an id: 1", "left out: groups without a department: 1"]
    assert canvas.members() == "u1 P101 student [09-01 06:00, 12-20 06:00)"


def test_files_that_are_none(canvas):
    canvas.write("groups", "group_id,name\ng,G\n")
    done = canvas.hubmeter.run("import", "canvas", "sis", *AT)
    assert (done.returncode, done.stderr) == (0, "sis/groups.csv:1: note: not read: its columns are of none of "
                                              "accounts, courses, enrollments, sections, terms, users, xlists\n")
    canvas.only("groups")
    assert "none of the files belongs to one" in canvas.refused()
    canvas.only()
    assert canvas.refused() == ("hubmeter: cannot read the roster: sis: no file in it ends in .csv\n")


def test_single_files(canvas):
    files = [f"sis/{name}.csv" for name in CANVAS]
    assert "7 files, 19 rows; changed" in canvas.hubmeter.ok("import", "canvas", *files, *AT)


def test_nobody_left_is_a_mistake(canvas):
    canvas.ok()
    canvas.write("enrollments", CANVAS["enrollments"].splitlines()[0] + "\n")
    assert "no rows: everybody would have left" in canvas.refused("--replace")


@pytest.mark.parametrize("options, message", [
    (("--hub", "hub-a"), "--institution CODE is needed"),
    (("--institution", "uni"), "--hub NAME[,NAME]... is needed"),
])
def test_needed_options(canvas, options, message):
    assert message in canvas.hubmeter.refused("import", "canvas", "sis", *options, status=2)


@pytest.mark.parametrize("options, message", [
    (("--institution", "nowhere", "--hub", "hub-a"), 'unknown institution "nowhere"'),
    (("--institution", "uni", "--hub", "hub a"), '"hub a" is not a hub\'s name'),
])
def test_options_that_can_not_be(canvas, options, message):
    assert message in canvas.hubmeter.refused("import", "canvas", "sis", *options)


def test_several_hubs(canvas):
    canvas.hubmeter.ok("import", "canvas", "sis", "--institution", "uni", "--hub", "hub-a,hub-b")
    assert canvas.hubmeter.sql("SELECT count(*), count(DISTINCT person_id) FROM org.alias") == "6|3"


def test_what_charges_change(loaded):
    """Ada's usage of October was her home department's; now it is that of the only course she is in."""
    loaded.ok("rate")
    (loaded.files / "sis").mkdir()
    for name in ("users", "courses", "terms", "enrollments"):
        loaded.write(f"sis/{name}.csv", CANVAS[name].replace(",optics,", ",biology,"))
    loaded.write("sis/enrollments.csv", "course_id,user_id,role,status\nP101,u1,student,active\n")
    said = loaded.ok("import", "canvas", "sis", *AT, "--dry-run")
    assert said.endswith("""  uni 2026-10: 1 hub-day, 0 EUR
    biology +0.013000486 EUR
    physics -0.013000486 EUR
""")
    loaded.ok("import", "canvas", "sis", *AT)
    loaded.ok("rate")
    assert loaded.sql("SELECT DISTINCT s.rule, u.code FROM charge.share s JOIN org.unit u USING (unit_id) "
                      "JOIN charge.workload_group g USING (workload_group_id) WHERE g.username = 'ada'") == (
        "group|biology")
