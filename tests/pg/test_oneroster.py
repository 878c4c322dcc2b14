"""hubmeter import oneroster and coldfront: the same as of Canvas, told in other words."""
import io
import re
import zipfile

import pytest

from university import ORG

AT = ("--institution", "uni", "--hub", "hub-a")
ONEROSTER = {
    "manifest": """propertyName,value
manifest.version,1.0
oneroster.version,1.1
file.academicSessions,bulk
file.categories,absent
file.classes,bulk
file.courses,bulk
file.demographics,absent
file.enrollments,bulk
file.orgs,bulk
file.users,bulk
source.systemName,Example SIS
""",
    "academicSessions": """sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear
t1,,,Autumn,term,2026-09-01,2026-12-19,,2027
t2,,,Winter,term,2027-01-04,2027-03-19,,2027
""",
    "orgs": """sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
o1,,,University,district,,
o2,,,Physics,department,physics,o1
biology,,,Biology,department,,o1
""",
    "courses": """sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,subjects,\
subjectCodes
co1,,,,Mechanics,PHYS-1,,o2,,
""",
    "classes": """sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,\
schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods
c1,,,Mechanics A,,co1,A,scheduled,,o1,t1,,,
c2,,,Cells,,co9,B,scheduled,,biology,"t1,t2",,,
""",
    "users": """sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,\
middleName,identifier,email,sms,phone,agentSourcedIds,grades,password
u1,,,true,o1,student,ada,,Ada,Byron,,,ada@example.org,,,,,Hunter2
u2,,,true,o1,teacher,ben,,Ben,Okafor,,,,,,,,Hunter2
u3,,,false,o1,student,gone,,Gone,Away,,,,,,,,Hunter2
""",
    "enrollments": """sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,\
beginDate,endDate
e1,,,c1,o1,u1,student,,,
e2,,,c1,o1,u2,teacher,true,2026-08-15,2027-01-31
e3,,,c2,o1,u1,student,,,
e4,,,c1,o1,u3,student,,,
""",
}
MEMBERS = """SELECT p.code, g.code, m.role, to_char(lower(m.valid) AT TIME ZONE 'Europe/Berlin', 'YYYY-MM-DD HH24:MI'),
        to_char(upper(m.valid) AT TIME ZONE 'Europe/Berlin', 'YYYY-MM-DD HH24:MI')
    FROM org.group_member m JOIN org.person p USING (person_id) JOIN org.user_group g USING (group_id)
    WHERE m.voided_at IS NULL ORDER BY 1, 2"""
FIRST = """u1|c1|student|2026-09-01 00:00|2026-12-20 00:00
u1|c2|student|2026-09-01 00:00|2027-03-20 00:00
u2|c1|teacher|2026-08-15 00:00|2027-02-01 00:00"""


def archive(files, folder=""):
    """The bytes of a zip archive."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in files.items():
            packed.writestr(name if "." in name else f"{folder}{name}.csv", text)
    return data.getvalue()


def fill_org(hubmeter):
    hubmeter.ok("import", "org", "-", text=ORG)


class Roster:
    def __init__(self, hubmeter):
        self.hubmeter = hubmeter
        self.files = dict(ONEROSTER)

    def put(self, *options):
        self.hubmeter.write("r.zip", archive(self.files))
        return ("import", "oneroster", "r.zip", *AT, *options)

    def ok(self, *options):
        return self.hubmeter.ok(*self.put(*options))

    def refused(self, *options):
        return self.hubmeter.refused(*self.put(*options))


@pytest.fixture
def roster(copy_of):
    return Roster(copy_of(fill_org))


def test_archive(roster):
    assert roster.ok() == """oneroster of uni: 6 files, 15 rows; changed:
  rows with news: 15
  new people: 2
  new user names: 2
  new groups: 2
  departments of groups: 2
  memberships added: 3
  left out: enrollments that ended before they were seen: 1
"""
    assert roster.hubmeter.sql(MEMBERS) == FIRST
    assert roster.hubmeter.sql("SELECT g.code, g.name, u.code FROM org.user_group g "
                               "JOIN org.group_unit USING (group_id) JOIN org.unit u USING (unit_id) ORDER BY 1") == (
        "c1|Mechanics A|physics\nc2|Cells|biology")
    assert "nothing new" in roster.ok()
    assert "Hunter2" not in roster.hubmeter.sql("SELECT jsonb_agg(r) FROM import.roster_record r")


def test_folder(roster):
    (roster.hubmeter.files / "or").mkdir()
    for name, text in ONEROSTER.items():
        roster.hubmeter.write(f"or/{name}.csv", text)
    assert "6 files, 15 rows; changed" in roster.hubmeter.ok("import", "oneroster", "or", *AT)


def test_files_in_a_folder_of_the_archive(roster):
    roster.hubmeter.write("r.zip", archive(ONEROSTER, folder="export/"))
    assert "6 files, 15 rows; changed" in roster.hubmeter.ok("import", "oneroster", "r.zip", *AT)


def test_bulk_lacks_who_left(roster):
    roster.ok()
    roster.files["enrollments"] = re.sub("e3.*\n", "", roster.files["enrollments"])
    assert "rows that are there no more: 1\n  memberships changed or ended: 1\n" in roster.ok()


def test_delta(roster):
    """Who is to be deleted is told by sourcedId alone."""
    roster.ok()
    header = roster.files["enrollments"].splitlines()[0]
    roster.files = {
        "manifest": "propertyName,value\noneroster.version,1.1\nfile.enrollments,delta\nfile.users,absent\n",
        "enrollments": header + "\ne3,tobedeleted,2026-10-01T00:00:00.000Z,,,,,,,\n"
                       "e5,active,2026-10-01T00:00:00.000Z,c2,o1,u2,teacher,,,\n"}
    said = roster.ok()
    assert "memberships added: 1\n  memberships changed or ended: 1\n" in said
    assert "oneroster of uni: 1 file, 2 rows, nothing new" in roster.ok()
    members = roster.hubmeter.sql(MEMBERS).splitlines()
    assert members[0] == FIRST.splitlines()[0]
    assert members[3] == "u2|c2|teacher|2026-09-01 00:00|2027-03-20 00:00"
    assert members[1] < "u1|c2|student|2026-09-01 00:00|2027-03-20 00:00"


def test_version_1_2(roster):
    """Roles have a file of their own, which is not needed."""
    roster.files["manifest"] = roster.files["manifest"].replace("1.1", "1.2") + "file.roles,bulk\n"
    roster.files["users"] = """sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,\
middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,resourceSourcedIds,\
preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns,metadata.x
u1,,,true,ada,,Ada,Byron,,,,,,,,Hunter2,,,,,,o1,,
u2,,,true,ben,,Ben,Okafor,,,,,,,,Hunter2,,,,,,o1,,
u3,,,false,gone,,Gone,Away,,,,,,,,Hunter2,,,,,,o1,,
"""
    roster.files["roles"] = """sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,\
orgSourcedId,userProfileSourcedId
r1,,,u1,primary,student,,,o1,
"""
    done = roster.hubmeter.run(*roster.put())
    assert (done.returncode, done.stderr) == (
        0, "r.zip/roles.csv:1: note: not read: its columns are of none of academicSessions, classes, courses, "
           "enrollments, orgs, users\n")
    assert roster.hubmeter.sql(MEMBERS) == FIRST


@pytest.mark.parametrize("old, new, message", [
    ("file.users,bulk", "file.users,some",
     'r.zip/manifest.csv:11: column "value": "some": is not bulk, delta or absent'),
    ("version,1.1", "version,2.0", 'r.zip/manifest.csv:3: column "value": "2.0": is neither 1.1 nor 1.2'),
    ("propertyName", "property", 'r.zip/manifest.csv:1: column "propertyName": column is missing'),
])
def test_bad_manifest(roster, old, new, message):
    roster.files["manifest"] = roster.files["manifest"].replace(old, new)
    assert message in roster.refused()


def test_a_file_that_is_promised(roster):
    del roster.files["users"]
    assert 'r.zip/manifest.csv:11: column "propertyName": "users": there is no such file' in roster.refused()


def test_a_file_that_should_be_absent(roster):
    roster.files["manifest"] = roster.files["manifest"].replace("file.enrollments,bulk", "file.enrollments,absent")
    done = roster.hubmeter.run(*roster.put())
    assert done.stderr == "r.zip/enrollments.csv:1: note: not read: the manifest says that it is absent\n"
    assert "5 files, 11 rows; changed" in done.stdout


def test_errors_have_places(roster):
    roster.files["enrollments"] = roster.files["enrollments"].replace("e3,,,c2", "e3,gone,,c2").replace(
        "2026-08-15", "08/15/2026")
    assert roster.refused().splitlines() == [
        'r.zip/enrollments.csv:3: column "beginDate": "08/15/2026": is neither a date (2026-09-01) nor a time '
        "(2026-09-01T08:00:00Z)",
        'r.zip/enrollments.csv:4: column "status": "gone": is not one of active, inactive, tobedeleted',
        "oneroster: nothing was imported"]


def test_names_that_lead_elsewhere(roster):
    """Nothing is written anywhere, and they are not even read."""
    roster.files.update({"../users.csv": "x", "/etc/users.csv": "x", "a/../../users.csv": "x", "a/b/users.csv": "x",
                         "readme.txt": "x", "__MACOSX/users.csv": "x"})
    assert "6 files, 15 rows; changed" in roster.ok()


def test_bomb(roster):
    roster.files["users"] += "\n" * (40 << 20)
    assert roster.refused() == (
        "hubmeter: cannot read the roster: r.zip: too large: more than 1 GiB or 64 tables, or packed tighter than text "
        "can be\n")


@pytest.mark.parametrize("data, message", [
    (b"", "r.zip: "), (b"PK\x03\x04 and no more", "r.zip: Not a zip archive"),
    (archive({"a.txt": "x"}), "no table in it"),
    (archive({f"u{i}.csv": "x" for i in range(65)}), "too large"), (archive(ONEROSTER)[:900], "r.zip: "),
])
def test_archives_that_are_none(roster, data, message):
    roster.hubmeter.write("r.zip", data)
    assert message in roster.hubmeter.refused("import", "oneroster", "r.zip", *AT)


PROJECTS = """project,pi,title,users,start,end,status,cost_centre
laser-1,ada,Laser Cooling,"ada,ben; zoë",2026-01-01,2026-12-31,Active,physics
cells,zoë,Cell Atlas,,2026-02-01,,New,biology
"""
PEOPLE = "person,name,hub,username\np1,Ada,hub-a,ada\np2,Zoë,hub-a,zoë\n"


def fill_people(hubmeter):
    fill_org(hubmeter)
    hubmeter.ok("import", "people", "-", text=PEOPLE)


@pytest.fixture
def projects(copy_of):
    return copy_of(fill_people)


def coldfront(hubmeter, text, *options):
    return hubmeter.ok("import", "coldfront", hubmeter.write("p.csv", text), *AT, *options)


def test_projects(projects):
    assert coldfront(projects, PROJECTS) == """coldfront of uni: 1 file, 2 rows; changed:
  rows with news: 10
  new groups: 2
  departments of groups: 2
  memberships added: 3
  left out: user names that are nobody's: 1
  left out: enrollments of people who are not known: 1
"""
    assert projects.sql(MEMBERS) == """p1|laser-1|pi|2026-01-01 00:00|2027-01-01 00:00
p2|cells|pi|2026-02-01 00:00|
p2|laser-1|member|2026-01-01 00:00|2027-01-01 00:00"""
    assert projects.sql("SELECT DISTINCT kind FROM org.user_group") == "project"
    assert "nothing new" in coldfront(projects, PROJECTS)
    assert "new people: 1\n  new user names: 1\n  memberships added: 1\n" in coldfront(
        projects, PROJECTS, "--create-people")


def test_a_row_for_each_user(projects):
    coldfront(projects, "project,pi,title,username,status\nlaser-1,ada,Laser,ada,Active\n"
                        "laser-1,ada,Laser,zoë,Removed\n")
    assert projects.sql("SELECT p.code, m.role FROM org.group_member m JOIN org.person p USING (person_id)") == "p1|pi"


def test_projects_that_are_over(projects):
    coldfront(projects, PROJECTS)
    coldfront(projects, PROJECTS.replace("Active", "Expired"))
    assert projects.sql("SELECT count(*) FROM org.group_member WHERE upper(valid) <= now()") == "2"
    coldfront(projects, PROJECTS.splitlines()[0] + "\n" + PROJECTS.splitlines()[1] + "\n", "--replace")
    assert projects.sql("SELECT count(*) FROM org.group_member WHERE upper_inf(valid)") == "0"


def test_projects_with_errors(projects):
    text = PROJECTS.replace("New", "Dubious").replace("2026-12-31", "2025-12-31")
    said = projects.refused("import", "coldfront", projects.write("p.csv", text), *AT).splitlines()
    assert said[0] == 'p.csv:2: column "end": "2025-12-31": is not after the start'
    assert said[1].startswith('p.csv:3: column "status": "Dubious": is not one of active, new, ')
    assert said[2:] == ["coldfront: nothing was imported"]
