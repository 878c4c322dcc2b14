"""hubmeter-dashboard in a real browser: what a page says of itself is what people get, with a script and without."""
import getpass
import urllib.parse

import pytest

from browser import browser, find_browser
from dashboard import HEADER, MONTH, READERS, crawl, dashboard
from wait import wait_for

pytestmark = pytest.mark.skipif(not find_browser(), reason="chromium is missing (Debian package chromium)")

KINDS = ["", "account", "federation", "department", "person", "charges", "line", "budgets", "funds", "fund", "groups",
         "course", "idle", "bills", "bill-charges", "quality", "statement"]
WIDTHS = (1440, 390)
START = f"?institution=demo-north&month={MONTH}"

OPEN_ALL = "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
WIDE = """(() => {
    if (document.documentElement.scrollWidth <= innerWidth)
        return [];
    return [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
        .map((one) => `${one.tagName} .${one.getAttribute("class")} ends at ${one.getBoundingClientRect().right}`);
})()"""
# Text of drawings is as large as they are drawn.
SMALL = """(() => {
    const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const one = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !one.checkVisibility())
            continue;
        const drawn = one.getScreenCTM && one.getScreenCTM();
        const size = parseFloat(getComputedStyle(one).fontSize) *
            (drawn ? Math.min(Math.hypot(drawn.a, drawn.b), Math.hypot(drawn.c, drawn.d)) : 1);
        if (size < 11)
            found.push(`${size} px: ${walker.currentNode.data}`);
    }
    return found;
})()"""
FOCUSED = """(() => {
    const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
    return {name: one.tagName + " " + one.textContent.trim().slice(0, 40), body: one === document.body,
        skips: one.className === "skip",
        outline: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        seen: box.width > 4 && box.height > 4 && box.bottom > 8 && box.top < innerHeight - 8 &&
            (box.left + box.right) / 2 > 0 && (box.left + box.right) / 2 < innerWidth};
})()"""
FRAME = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"  # it scrolls there
COLUMN = """[...document.querySelectorAll('#departments tbody tr')]
    .map((row) => [row.cells[0].textContent, row.querySelector('td.n').dataset.value])"""


@pytest.fixture(scope="module", name="chromium")
def one_for_all():
    with browser() as made:
        yield made


@pytest.fixture(scope="module", name="pages")
def running(chromium, demo_federation, tmp_path_factory):
    demo_federation.ok("import", "readers", demo_federation.write("readers.csv", READERS))
    with dashboard(demo_federation.conninfo, tmp_path_factory.mktemp("dashboard") / "log") as made:
        yield made


@pytest.fixture(scope="module", name="addresses")
def one_of_each_kind(pages):
    return {urllib.parse.urlsplit(address).path: address for address in crawl(pages, "provost", 1)}


@pytest.fixture(name="tab")
def signed_in(chromium, pages):
    with chromium.tab(**{HEADER: "provost"}) as made:
        made.base = f"http://127.0.0.1:{pages.port}/"
        yield made


def test_these_are_all_kinds(addresses):
    assert addresses.keys() == set(KINDS)


def faults_of_what_is_said(said):
    """What a reader of screens would stumble over."""
    level = 0
    for role, name, properties in said:
        if role in ("link", "button", "combobox", "image", "img", "region", "navigation") and not name.strip():
            yield f"{role} without a name"
        if role == "heading":
            if properties["level"] > level + 1:
                yield f"heading {name}: level {properties['level']} after {level}"
            level = properties["level"]
    headers = []
    for role, name, _ in said:
        if role in ("table", "LayoutTable"):  # what a browser takes for layout has no headers at all
            headers.append([name, 0])
        if role == "columnheader":
            headers[-1][1] += 1
    yield from (f"table {name} has no column headers" for name, count in headers if not count)


def test_what_is_wrong_is_noticed(tab):
    tab.open("data:text/html,<h1>a</h1><h3>b</h3><p style='font-size:9px'>c</p><div style='width:3000px'>d</div>"
             "<button></button><a href='x'></a><table><tr><td>e</table><table><tr><th>f<th>g<tr><td>h<td>i</table>")
    assert tab.value(WIDE) and tab.value(SMALL) == ["9 px: c"]
    assert list(faults_of_what_is_said(list(tab.said()))) == [
        "heading b: level 3 after 1", "button without a name", "link without a name", "table  has no column headers"]
    assert not tab.complaints()
    tab.open(tab.base + START)
    assert not tab.complaints()
    tab.value("document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')")
    assert any("Content Security Policy" in one for one in tab.complaints())
    tab.open(tab.base + "no-such-page")
    assert any("404" in one for one in tab.complaints())


@pytest.mark.parametrize("kind", KINDS)
def test_page(tab, addresses, kind):
    tab.open(tab.base + addresses[kind])
    for width in WIDTHS:
        tab.size(width, 900)
        assert not tab.value(WIDE), width
        assert not tab.value(SMALL), width
    tab.value(OPEN_ALL)
    assert not tab.value(WIDE), "with all tables"
    assert not list(faults_of_what_is_said(list(tab.said())))
    assert not tab.complaints()


@pytest.mark.parametrize("kind", KINDS)
def test_page_without_script(tab, addresses, kind):
    tab.scripts(False)
    tab.size(390, 900)
    tab.open(tab.base + addresses[kind])
    assert not tab.value(WIDE)
    assert tab.value("document.querySelectorAll('form.picker button').length && "
                     "document.querySelector('form.picker button').checkVisibility()")
    assert not tab.value("document.querySelectorAll('th button').length")
    assert not tab.complaints()


def next_focused(tab):
    tab.key("Tab")
    tab.value(FRAME)
    return tab.value(FOCUSED)


@pytest.mark.parametrize("width", WIDTHS)
def test_keyboard(tab, width):
    tab.size(width, 900)
    tab.open(tab.base + START)
    first = next_focused(tab)
    assert first["skips"] and first["seen"] and first["outline"], first
    reached = 0
    for _ in range(300):
        now = next_focused(tab)
        if now["body"] or now["skips"]:
            break
        assert now["seen"] and now["outline"], now
        reached += 1
    assert reached > 40
    tab.open(tab.base + START)
    tab.key("Tab")
    tab.key("Enter")
    wait_for("the figures", lambda: tab.value("location.hash === '#main'"))
    tab.key("Tab")
    assert tab.value("document.activeElement.closest('main') !== null"), "past the navigation"


def test_a_table_is_sorted(tab):
    tab.open(tab.base + START)
    for direction in ("descending", "ascending"):
        tab.click("#departments th.n button")
        assert tab.value("document.querySelector('#departments th.n').ariaSort") == direction
        values = [float(value) for _, value in tab.value(COLUMN)]
        assert values == sorted(values, reverse=direction == "descending") and len(set(values)) > 2
    assert tab.value("document.querySelector('#departments table').lastElementChild.tagName") == "TFOOT"
    assert not tab.complaints()


def chosen_month(tab):
    return urllib.parse.parse_qs(urllib.parse.urlsplit(tab.value("location.href")).query)["month"][0]


def test_the_picker_submits_what_a_pointer_chose(tab):
    tab.open(tab.base + START)
    tab.value("""(select => {
        select.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
        select.selectedIndex += 1;
        select.dispatchEvent(new Event("change", { bubbles: true }));
    })(document.querySelector("select[name=month]"))""")
    tab.wait("Page.loadEventFired")
    assert chosen_month(tab) != MONTH
    assert tab.value("document.querySelector('select[name=month]').value") == chosen_month(tab)


def test_the_picker_waits_for_whoever_chooses_by_keys(tab):
    """Each key is another month on the way to the one that is looked for (WCAG 3.2.2)."""
    tab.open(tab.base + START)
    tab.value("document.querySelector('select[name=month]').focus()")
    tab.key("ArrowDown")
    assert tab.value("document.querySelector('select[name=month]').value") != MONTH
    assert chosen_month(tab) == MONTH
    tab.follow(".picker button")
    assert chosen_month(tab) != MONTH


@pytest.mark.parametrize("script", [True, False], ids=["script", "none"])
def test_from_the_front_page_to_the_reason_of_one_line(tab, script):
    tab.scripts(script)
    tab.open(tab.base + START)
    for link in ("main a[href^='department?']", "main a[href^='person?']", "main a[href^='line?']"):
        tab.follow(link)
    said = tab.value("document.querySelector('main').innerText")
    for step in ("What was used", "The row of the price book", "Who pays", "Which money"):
        assert step in said
    assert not tab.complaints()


def test_the_picker_has_a_button_without_script(tab):
    tab.scripts(False)
    tab.open(tab.base + START)
    tab.value("document.querySelector('select[name=institution]').value = 'demo-south'")
    tab.follow(".picker button")
    assert "institution=demo-south" in tab.value("location.search")
    assert MONTH in tab.value("location.search")


@pytest.mark.parametrize("kind", ["", "line", "statement"])
def test_dark_and_on_paper(tab, addresses, kind):
    """Paper is light, whatever the screen is, and has nothing to press."""
    tab.media("screen", "dark")
    tab.open(tab.base + addresses[kind])
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    dark = tab.value(ground)
    assert max(int(part) for part in dark[4:-1].split(", ")) < 64, dark
    tab.media("print", "dark")
    assert tab.value(ground) == "rgb(255, 255, 255)"
    assert not tab.value("[...document.querySelectorAll('nav.pages, .picker, button:not(th button)')]"
                         ".filter((one) => one.checkVisibility()).length")


def said_by(tab):
    return tab.value("document.body.innerText")


def test_a_link_that_works_once(chromium, pages, demo_federation, tmp_path):
    reader = f"login,scope,institution,code\nlocal:{getpass.getuser()},federation,,\n"
    demo_federation.ok("import", "readers", demo_federation.write("local.csv", reader))
    file = tmp_path / "link"
    with dashboard(demo_federation.conninfo, tmp_path / "log", "--sign-in=link", f"--link-file={file}") as made:
        base = f"http://127.0.0.1:{made.port}/"
        link = file.read_text(encoding="utf-8").strip()
        with chromium.tab() as tab, chromium.tab() as other:
            tab.open(link)
            assert tab.value("location.href") == base and "Cost of the month" in said_by(tab)
            tab.open(base + "charges")
            assert "Charges" in tab.value("document.title")
            assert not tab.complaints()
            assert file.read_text(encoding="utf-8").strip() != link, "there is a new one"
            other.open(link)
            assert said_by(other).startswith("This link has been used") and str(file) in said_by(other)
            other.open(base)
            assert said_by(other).startswith("Not signed in")
            tab.follow(".who button")
            assert said_by(tab).startswith("Signed out")
            tab.open(base)
            assert said_by(tab).startswith("Not signed in")
