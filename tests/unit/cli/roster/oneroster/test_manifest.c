/* What a manifest may say, and of which files. */
#include "cli/roster/oneroster/manifest.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hubmeter/cleanup.h"

#define HEADER "propertyName,value\n"

static int read_text(struct manifest *manifest, const char *text)
{
	char name[] = "manifest.csv";
	hm_cleanup(hm_freep) char *data = strdup(text);
	const struct roster_file file = {.name = name, .data = data, .size = strlen(text)};
	int r;

	assert_non_null(data);
	r = manifest_read(manifest, &file);
	manifest->errors.path = NULL;
	return r;
}

static void test_modes(void **state)
{
	struct manifest manifest;

	(void)state;
	assert_int_equal(read_text(&manifest, HEADER "manifest.version,1.0\noneroster.version,1.2\n"
						     "file.users,bulk\nfile.orgs,Delta\n"
						     "file.classes,absent\n"),
		0);
	assert_int_equal(manifest_mode(&manifest, "users"), MANIFEST_MODE_BULK);
	assert_int_equal(manifest_mode(&manifest, "orgs"), MANIFEST_MODE_DELTA);
	assert_int_equal(manifest_mode(&manifest, "classes"), MANIFEST_MODE_ABSENT);
	assert_int_equal(manifest_mode(&manifest, "user"), MANIFEST_MODE_ABSENT);
}

static void test_what_is_refused(void **state)
{
	static const char *const bad[] = {"", "a,b\n", HEADER "file.users,\n",
		HEADER "file.users,all\n", HEADER "oneroster.version,1.0\n", HEADER "x\n"};
	struct manifest manifest;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(read_text(&manifest, bad[i]), -EBADMSG);
}

static void test_more_files_than_there_can_be(void **state)
{
	char text[4096] = HEADER;
	struct manifest manifest;

	(void)state;
	for (int i = 0; i <= MANIFEST_FILES_MAX; i++)
		(void)snprintf(
			text + strlen(text), sizeof(text) - strlen(text), "file.f%d,bulk\n", i);
	assert_int_equal(read_text(&manifest, text), -EBADMSG);
	assert_int_equal(manifest.count, MANIFEST_FILES_MAX);
}

static void test_names(void **state)
{
	(void)state;
	assert_true(manifest_is_named("manifest.csv"));
	assert_true(manifest_is_named("a.zip/export/Manifest.CSV"));
	assert_false(manifest_is_named("my-manifest.csv"));
	assert_false(manifest_is_named("manifest.csv/users.csv"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_more_files_than_there_can_be),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
