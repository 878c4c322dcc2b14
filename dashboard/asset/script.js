/* Comfort only: without it every page says and does the same. */
"use strict";

/* Whoever goes through the choices by keys passes many on the way: for them there is the button. */
for (const form of document.querySelectorAll("form.picker")) {
	let isPointed = false;

	form.addEventListener("keydown", () => { isPointed = false; });
	form.addEventListener("pointerdown", () => { isPointed = true; });
	form.addEventListener("change", () => isPointed && form.requestSubmit());
}

/* On phones the pages stand in a row that scrolls: show which one this is, and all of the one that Tab is at. */
for (const nav of document.querySelectorAll("nav.pages")) {
	const show = (link) => link?.scrollIntoView({ inline: "center", block: "nearest" });

	if (nav.scrollWidth > nav.clientWidth)
		show(nav.querySelector("[aria-current]"));
	nav.addEventListener("focusin", (event) => show(event.target));
}

/* By value; what a Number cannot tell apart, and what is none, as text. */
function order(a, b) {
	const [x, y] = [a, b].map((text) => Number(text.replace(/[,\s%]/g, "")));

	return a !== "" && b !== "" && !Number.isNaN(x - y) && x !== y ? x - y : a.localeCompare(b);
}

function sort(table, header, direction) {
	const body = table.tBodies[0];
	const key = (row) => row.cells[header.cellIndex].dataset.value ?? row.cells[header.cellIndex].textContent.trim();
	const rows = [...body.rows].filter((row) => !row.classList.contains("total"));
	const totals = [...body.rows].filter((row) => row.classList.contains("total"));

	rows.sort((a, b) => direction * order(key(a), key(b)));
	body.append(...rows, ...totals);
	for (const other of table.querySelectorAll("th[aria-sort]"))
		other.setAttribute("aria-sort", other !== header ? "none" : direction > 0 ? "ascending" : "descending");
}

for (const header of document.querySelectorAll("table[data-sort] thead th.n")) {
	const button = document.createElement("button");

	button.type = "button";
	button.append(...header.childNodes);
	header.append(button);
	header.setAttribute("aria-sort", "none");
	button.addEventListener("click", () =>
		sort(header.closest("table"), header, header.getAttribute("aria-sort") === "descending" ? 1 : -1));
}
