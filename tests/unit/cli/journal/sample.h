/* A sound batch of two lines, templates from text, and what standard error is told meanwhile. */
#ifndef TESTS_UNIT_CLI_JOURNAL_SAMPLE_H
#define TESTS_UNIT_CLI_JOURNAL_SAMPLE_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/journal/render.h"

#define APPROVED	 1790949909000000 /* 2026-10-02T14:05:09Z */
#define LENGTH_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct journal_batch sample_batch = {
	.id = "HUB2026090001",
	.serial = 17,
	.institution = "UX",
	.currency = "USD",
	.post_date = "2026-10-02",
	.fiscal_year = "2027",
	.fiscal_period = "03",
	.preparer = "pat",
	.approver = "quinn",
	.approved_usec = APPROVED,
	.closed_digest = "ab12",
	.software_rev = "0.1.0",
};

#define SAMPLE_LINE(number_, dr_cr_, cents_)                                                       \
	.batch_id = "HUB2026090001", .line_no = (number_), .post_date = "2026-10-02",              \
	.fiscal_year = "2027", .fiscal_period = "03", .institution = "UX", .dr_cr = (dr_cr_),      \
	.amount_cents = (cents_), .currency = "USD", .chart = "UC", .usage_period = "2026-09",     \
	.kind = "charge", .reference = "7f3c"

static const struct journal_line sample_lines[] = {
	{SAMPLE_LINE(1, "D", 1997), .fund = "2301200", .org = "CHEM", .account = "6320",
		.project = "R01GM12345", .description = "JupyterHub CPU 2026-09 CHEM",
		.cost_centre = "CHEM"},
	{SAMPLE_LINE(2, "C", 1997), .fund = "1100450", .org = "RCI", .account = "0490",
		.description = "JupyterHub recovery 2026-09", .cost_centre = "RCI"},
};

/* Standard error goes into a file until told_end(), which gives what it was told; the caller frees.
 */
static inline FILE *told_begin(int *kept)
{
	FILE *told = tmpfile();

	assert_non_null(told);
	(void)fflush(stderr);
	*kept = dup(STDERR_FILENO);
	assert_true(dup2(fileno(told), STDERR_FILENO) >= 0);
	return told;
}

static inline char *told_end(FILE *told, int kept)
{
	char *text = calloc(1, 65536);

	assert_non_null(text);
	(void)fflush(stderr);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	(void)close(kept);
	rewind(told);
	assert_true(fread(text, 1, 65535, told) < 65535);
	(void)fclose(told);
	return text;
}

/* The caller frees it. */
static inline struct journal_template *sample_template(const char *text)
{
	struct input_errors errors = {.path = "x.template"};
	struct journal_template *template = NULL;

	assert_int_equal(journal_template_parse("x", text, strlen(text), &errors, &template), 0);
	return template;
}

/* Render @lines; the text in *@ret_text, which the caller frees, or what is wrong in @error. */
static inline int sample_render(const struct journal_batch *batch, const struct journal_line *lines,
	size_t count, const struct journal_template *template, char **ret_text,
	char error[JOURNAL_ERROR_SIZE])
{
	struct buffer out = BUFFER_INIT(1u << 30);
	struct journal_renderer renderer;
	int r;

	journal_renderer_init(&renderer, batch, template);
	r = journal_renderer_begin(&renderer, &out);
	for (size_t i = 0; i < count && r == 0; i++)
		r = journal_renderer_line(&renderer, &lines[i], &out);
	if (r == 0)
		r = journal_renderer_end(&renderer, &out);
	memcpy(error, renderer.error, JOURNAL_ERROR_SIZE);
	journal_renderer_release(&renderer);
	if (r == 0) {
		assert_int_equal(buffer_append(&out, "", 1), 0);
		*ret_text = (char *)out.data;
	} else {
		buffer_release(&out);
	}
	return r;
}

/* The sample's two lines by @template must give @expected. */
static inline void assert_renders(const struct journal_template *template, const char *expected)
{
	char error[JOURNAL_ERROR_SIZE];
	char *text = NULL;

	assert_int_equal(sample_render(&sample_batch, sample_lines, 2, template, &text, error), 0);
	assert_string_equal(text, expected);
	free(text);
}

/* They must not render, because of @expected. */
static inline void assert_refuses(const struct journal_template *template, const char *expected)
{
	char error[JOURNAL_ERROR_SIZE];
	char *text = NULL;

	assert_int_equal(
		sample_render(&sample_batch, sample_lines, 2, template, &text, error), -EBADMSG);
	assert_string_equal(error, expected);
}

#endif
