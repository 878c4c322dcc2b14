#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/passwd.h"

static void assert_name(const char *passwd, size_t size, uint32_t uid, const char *expected)
{
	const char *name = NULL;
	size_t name_size = 0;

	if (!expected) {
		assert_false(passwd_name(passwd, size, uid, &name, &name_size));
		return;
	}
	assert_true(passwd_name(passwd, size, uid, &name, &name_size));
	assert_int_equal(name_size, strlen(expected));
	assert_memory_equal(name, expected, name_size);
}

static void test_names(void **state)
{
	static const char passwd[] = "root:x:0:0:root:/root:/bin/bash\n"
				     "\n"
				     "# no account\n"
				     "+::::::\n"
				     ":x:1000:1000::/:/bin/sh\n"
				     "neg:x:-1:1::/:/bin/sh\n"
				     "ada:x:1001:100:Ada,,,:/home/ada:/bin/bash\n"
				     "alias:x:1001:100::/:/bin/sh\n"
				     "bob:x:1002:100::/home/bob:/bin/sh";
	static const char cut[] = "eve:x:100\neve:x:10";

	(void)state;
	assert_name(passwd, strlen(passwd), 0, "root");
	assert_name(passwd, strlen(passwd), 1001, "ada");
	assert_name(passwd, strlen(passwd), 1002, "bob");
	assert_name(passwd, strlen(passwd), 1000, NULL);
	assert_name(passwd, strlen(passwd), 1003, NULL);
	assert_name(cut, strlen(cut), 10, NULL);
	assert_name(cut, strlen(cut), 100, NULL);
	assert_name("", 0, 0, NULL);
}

/* Wherever a file is cut, nobody gets another one's name. */
static void test_cut_anywhere(void **state)
{
	static const char passwd[] = "ada:x:1001:100::/:/bin/sh\nbob:x:100199:100::/:/bin/sh\n";

	(void)state;
	for (size_t size = 0; size <= strlen(passwd); size++) {
		const char *name;
		size_t name_size;

		if (passwd_name(passwd, size, 1001, &name, &name_size))
			assert_memory_equal(name, "ada", 3);
		assert_false(passwd_name(passwd, size, 1, &name, &name_size));
		assert_false(passwd_name(passwd, size, 10019, &name, &name_size));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_cut_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
