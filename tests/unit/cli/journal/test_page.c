/* What docs/journal.md shows is what happens. */
#include "cli/journal/feed.h"

#include "tests/unit/cli/journal/sample.h"

#define PAGE TEST_SOURCE_DIR "/docs/journal.md"

/* The first block of @page between ```@kind and ```; the caller frees. */
static char *block(const char *page, const char *kind)
{
	const char *begin = strstr(page, kind);
	const char *end;
	char *text;

	assert_non_null(begin);
	begin += strlen(kind);
	end = strstr(begin, "```");
	assert_non_null(end);
	text = strndup(begin, (size_t)(end - begin));
	assert_non_null(text);
	return text;
}

static char *read_page(void)
{
	char *text = calloc(1, 65536);
	FILE *file = fopen(PAGE, "r");

	assert_true(text && file);
	assert_true(fread(text, 1, 65535, file) > 0);
	(void)fclose(file);
	return text;
}

static void test_the_canonical_file(void **state)
{
	char *page = read_page();
	char *csv = block(page, "```csv\n");

	(void)state;
	assert_renders(NULL, csv);
	free(csv);
	free(page);
}

static void test_the_example(void **state)
{
	char *page = read_page();
	char *rules = block(page, "```template\n");
	char *feed = block(page, "```feed\n");
	struct journal_template *template = sample_template(rules);

	(void)state;
	assert_renders(template, feed);
	journal_template_free(template);
	free(feed);
	free(rules);
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_canonical_file),
		cmocka_unit_test(test_the_example),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
