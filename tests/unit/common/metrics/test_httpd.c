/* A library that is not there, and one that is another. */
#include "common/metrics/httpd.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_what_is_no_such_library(void **state)
{
	struct httpd httpd = {0};

	(void)state;
	assert_int_equal(httpd_load("libmicrohttpd.so.999", &httpd), -ELIBACC);
	assert_int_equal(httpd_load("libc.so.6", &httpd), -ELIBBAD);
	assert_null(httpd.library);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_no_such_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
