/* The format, byte by byte: what Prometheus does not take is not seen by anybody. */
#include "common/metrics/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct metric rows = {
	"hubmeter_test_rows_total", METRIC_COUNTER, "Rows that were taken"};
static const struct metric commit = {
	"hubmeter_test_commit_timestamp_seconds", METRIC_GAUGE, "When it was"};

static void assert_page(const struct page *page, const char *expected)
{
	assert_true(page_is_whole(page));
	assert_int_equal(page->text.size, strlen(expected));
	assert_memory_equal(page->text.data, expected, page->text.size);
}

static void test_samples_of_a_metric_stand_together(void **state)
{
	struct page page = PAGE_INIT;

	(void)state;
	page_put(&page, &rows, &(struct metric_label){"hub", "physics"}, 7);
	page_put(&page, &rows, &(struct metric_label){"hub", "law"}, UINT64_MAX);
	page_put_usec(&page, &commit, NULL, 1788220800000001u);
	assert_page(&page, "# HELP hubmeter_test_rows_total Rows that were taken\n"
			   "# TYPE hubmeter_test_rows_total counter\n"
			   "hubmeter_test_rows_total{hub=\"physics\"} 7\n"
			   "hubmeter_test_rows_total{hub=\"law\"} 18446744073709551615\n"
			   "# HELP hubmeter_test_commit_timestamp_seconds When it was\n"
			   "# TYPE hubmeter_test_commit_timestamp_seconds gauge\n"
			   "hubmeter_test_commit_timestamp_seconds 1788220800.000001\n");
	page_clear(&page);
	page_put(&page, &rows, NULL, 0);
	assert_page(&page, "# HELP hubmeter_test_rows_total Rows that were taken\n"
			   "# TYPE hubmeter_test_rows_total counter\n"
			   "hubmeter_test_rows_total 0\n");
	page_release(&page);
}

static void test_labels_are_quoted(void **state)
{
	struct page page = PAGE_INIT;

	(void)state;
	page_put(&page, &rows, &(struct metric_label){"reason", "a \"b\\\nc} 1"}, 1);
	assert_non_null(
		memmem(page.text.data, page.text.size, "{reason=\"a \\\"b\\\\\\nc} 1\"} 1\n",
			strlen("{reason=\"a \\\"b\\\\\\nc} 1\"} 1\n")));
	page_release(&page);
}

static void test_several_labels_and_figures_of_text(void **state)
{
	const struct metric_label label[] = {{"fund", "nsf \"1\""}, {"currency", ""}};
	struct page page = PAGE_INIT;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	page_put_text(&page, &commit, label, 2, "-0.10");
	page_put_text(&page, &commit, NULL, 0, "1");
	assert_page(&page, "# HELP hubmeter_test_commit_timestamp_seconds When it was\n"
			   "# TYPE hubmeter_test_commit_timestamp_seconds gauge\n"
			   "hubmeter_test_commit_timestamp_seconds"
			   "{fund=\"nsf \\\"1\\\"\",currency=\"\"} -0.10\n"
			   "hubmeter_test_commit_timestamp_seconds 1\n");
	page_print(&page, out);
	assert_int_equal(fclose(out), 0);
	assert_page(&page, text);
	free(text);
	page_release(&page);
}

static void test_half_a_page_is_none(void **state)
{
	struct page page = {.text = BUFFER_INIT(40)};

	(void)state;
	page_put(&page, &rows, NULL, 1);
	assert_false(page_is_whole(&page));
	page_clear(&page);
	assert_true(page_is_whole(&page));
	page_release(&page);
}

static void test_process(void **state)
{
	struct page page = PAGE_INIT;
	const char *at;

	(void)state;
	page_put_process(&page);
	assert_int_equal(buffer_append(&page.text, "", 1), 0);
	at = strstr((const char *)page.text.data, "\nprocess_resident_memory_bytes ");
	assert_non_null(at);
	assert_true(strtoull(strchr(at, ' '), NULL, 10) > 100000);
	assert_non_null(strstr(at, "# TYPE process_cpu_seconds_total counter\n"));
	page_release(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples_of_a_metric_stand_together),
		cmocka_unit_test(test_labels_are_quoted),
		cmocka_unit_test(test_several_labels_and_figures_of_text),
		cmocka_unit_test(test_half_a_page_is_none),
		cmocka_unit_test(test_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
