/* The pages as data: what holds of all of them. */
#include "dashboard/page/page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_paths_are_unique(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_pages; i++)
		assert_ptr_equal(page_find(pages[i].path), &pages[i]);
	assert_null(page_find("nowhere"));
}

/* One CSV by each name: a section may be on several pages. */
static void test_sections_have_names_of_their_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_pages * PAGE_SECTIONS_MAX; i++) {
		const struct section *one =
			pages[i / PAGE_SECTIONS_MAX].section[i % PAGE_SECTIONS_MAX];

		for (size_t j = 0; one && j < n_pages * PAGE_SECTIONS_MAX; j++) {
			const struct section *other =
				pages[j / PAGE_SECTIONS_MAX].section[j % PAGE_SECTIONS_MAX];

			assert_true(!other || one == other || strcmp(one->name, other->name) != 0);
		}
	}
}

/* Whoever follows a link finds a page, and on it what the link is about. */
static void check_link(const struct column *column)
{
	const struct page *page = page_find(column->link);
	const char *needed;

	assert_non_null(page);
	if (page->of == FILTER_INSTITUTION)
		return;
	needed = filter_names[page->of];
	assert_non_null(column->carry);
	assert_non_null(strstr(column->carry, needed));
}

static void test_links_lead_somewhere(void **state)
{
	size_t n_links = 0;

	(void)state;
	for (size_t i = 0; i < n_pages * PAGE_SECTIONS_MAX; i++) {
		const struct section *section =
			pages[i / PAGE_SECTIONS_MAX].section[i % PAGE_SECTIONS_MAX];

		for (size_t c = 0; section && c < SECTION_COLUMNS_MAX && section->column[c].name;
			c++) {
			if (!section->column[c].link)
				continue;
			check_link(&section->column[c]);
			n_links++;
		}
	}
	assert_true(n_links > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_are_unique),
		cmocka_unit_test(test_sections_have_names_of_their_own),
		cmocka_unit_test(test_links_lead_somewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
