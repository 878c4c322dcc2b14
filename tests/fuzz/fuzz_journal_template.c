/*
 * Whatever a template holds, parsing it ends in errors or in one that keeps the law: a batch
 * rendered by it fails with a reason, or gives lines that are as long as a fixed record says, ends
 * with a whole line, and gives the same bytes again.
 *
 * Built and run as fuzz_wire.c, with deploy/journal as corpus and -close_fd_mask=2, for errors go
 * to standard error.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/journal/render.h"
#include "common/utf8.h"

#define LINES 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct journal_batch batch = {
	.id = "HUB2026090001",
	.serial = 17,
	.institution = "UX",
	.currency = "USD",
	.post_date = "2026-10-02",
	.fiscal_year = "2027",
	.fiscal_period = "03",
	.preparer = "pat",
	.approver = "quinn",
	.approved_usec = 1790949909000000,
	.closed_digest = "ab12",
	.software_rev = "0.1.0",
};

static void must(int holds)
{
	if (!holds)
		abort();
}

/* D C D D C C, and again. */
static struct journal_line line_at(uint64_t line_no)
{
	static const char *const signs[] = {"C", "D", "C", "D", "D", "C"};
	struct journal_line line = {
		.batch_id = batch.id,
		.line_no = line_no,
		.post_date = batch.post_date,
		.fiscal_year = batch.fiscal_year,
		.fiscal_period = batch.fiscal_period,
		.institution = batch.institution,
		.chart = "U",
		.fund = "230120",
		.org = "CHEM",
		.account = "6320",
		.dr_cr = signs[line_no % 6],
		.amount_cents = 1997,
		.currency = batch.currency,
		.description = "Zo\xc3\xab, \"CPU\"",
	};

	return line;
}

static int render(const struct journal_template *template, struct buffer *out)
{
	struct journal_renderer renderer;
	int r;

	journal_renderer_init(&renderer, &batch, template);
	r = journal_renderer_begin(&renderer, out);
	for (uint64_t i = 1; i <= LINES && r == 0; i++) {
		const struct journal_line line = line_at(i);

		r = journal_renderer_line(&renderer, &line, out);
	}
	if (r == 0)
		r = journal_renderer_end(&renderer, out);
	must((r < 0) == (renderer.error[0] != '\0'));
	journal_renderer_release(&renderer);
	return r;
}

static size_t count_characters(const unsigned char *text, size_t size)
{
	size_t count = 0;
	uint32_t code;

	for (size_t at = 0; at < size; count++) {
		size_t length = utf8_decode((const char *)text + at, size - at, &code);

		must(length > 0);
		at += length;
	}
	return count;
}

static int is_width(const struct journal_template *template, size_t width)
{
	for (size_t i = 0; i < JOURNAL_RECORD_COUNT; i++) {
		if (template->record[i].count && template->record[i].width == width)
			return 1;
	}
	return 0;
}

static void check_lines(const struct journal_template *template, const struct buffer *out)
{
	const unsigned char *at = out->data, *end = out->data + out->size;
	unsigned lines = 0;

	while (at < end) {
		const unsigned char *newline = memchr(at, '\n', (size_t)(end - at));

		must(newline != NULL);
		if (template->layout == JOURNAL_LAYOUT_FIXED)
			must(is_width(template, count_characters(at, (size_t)(newline - at)) -
							template->ends_in_crlf));
		at = newline + 1;
		lines++;
	}
	must(lines >= LINES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input_errors errors = {.path = "fuzz.template"};
	struct journal_template *template = NULL;
	struct buffer out = BUFFER_INIT(1u << 30), again = BUFFER_INIT(1u << 30);
	int r = journal_template_parse("fuzz", (const char *)data, size, &errors, &template);

	must((r == 0) == (errors.count == 0));
	must((r == 0) == (template != NULL));
	if (r == 0 && render(template, &out) == 0) {
		check_lines(template, &out);
		must(render(template, &again) == 0);
		must(out.size == again.size && memcmp(out.data, again.data, out.size) == 0);
	}
	buffer_release(&out);
	buffer_release(&again);
	journal_template_free(template);
	return 0;
}
