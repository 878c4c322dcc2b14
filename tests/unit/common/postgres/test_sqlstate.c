#include "common/postgres/sqlstate.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_meanings(void **state)
{
	static const struct {
		const char *state;
		int code;
	} cases[] = {
		{NULL, -ECONNRESET},
		{"", -ECONNRESET},
		{"HM001", -ESTALE},
		{"HM003", -EREMCHG},
		{"HM004", -EDQUOT},
		{"40001", -EAGAIN},
		{"40P01", -EAGAIN},
		{"40002", -EIO},
		{"55P03", -EAGAIN},
		{"57014", -E2BIG}, /* before the rest of its class */
		{"57P01", -ECONNRESET},
		{"53200", -E2BIG},
		{"53300", -EIO}, /* too_many_connections: at connect only */
		{"54000", -E2BIG},
		{"22003", -EBADMSG},
		{"23514", -EBADMSG},
		{"42501", -EACCES},
		{"42703", -EIO},
		{"25P03", -ECONNRESET},
		{"08006", -ECONNRESET},
		{"XX000", -EIO},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(sqlstate_errno(cases[i].state), cases[i].code);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_meanings)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
