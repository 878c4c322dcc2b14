#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/process/whose/account.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "ada:x:1000:1000::/home/ada:/bin/sh\n"
			     "bob:x:1001:\n"
			     "broken\n"
			     "late:x:1000\n"
			     "eve:x:many:7::/:/bin/sh\n"
			     "\n"
			     "ada.l:x:1000:1000:a second name:/home/ada:/bin/sh\n"
			     "kim:x:1002:1002::/home/kim:/bin/sh";

static enum account_verdict judge(uint32_t uid, const char *user)
{
	return account_judge(passwd, sizeof(passwd) - 1, uid, user);
}

static void test_lines(void **state)
{
	(void)state;
	assert_int_equal(judge(1000, "ada"), ACCOUNT_CONFIRMS);
	assert_int_equal(judge(1000, "ada.l"), ACCOUNT_CONFIRMS);
	assert_int_equal(judge(1001, "bob"), ACCOUNT_CONFIRMS);
	assert_int_equal(judge(1002, "kim"), ACCOUNT_CONFIRMS);
	assert_int_equal(judge(1000, "bob"), ACCOUNT_DENIES);
	assert_int_equal(judge(1000, "ghost"), ACCOUNT_SAYS_NOTHING);
	assert_int_equal(judge(1003, "ada"), ACCOUNT_DENIES);
	assert_int_equal(judge(1003, "ad"), ACCOUNT_SAYS_NOTHING);
	assert_int_equal(judge(7, "eve"), ACCOUNT_SAYS_NOTHING);
	assert_int_equal(judge(1000, "broken"), ACCOUNT_SAYS_NOTHING);
	assert_int_equal(judge(1000, "late"), ACCOUNT_SAYS_NOTHING);
	assert_int_equal(judge(0, "root"), ACCOUNT_SAYS_NOTHING); /* root may be anybody */
	assert_int_equal(judge(0, "ada"), ACCOUNT_DENIES);
	assert_int_equal(account_judge(passwd, 0, 1000, "ada"), ACCOUNT_SAYS_NOTHING);
}

/* Cut anywhere, a list says less and never something else. */
static void test_cut_lists(void **state)
{
	(void)state;
	for (size_t size = 0; size < sizeof(passwd); size++) {
		assert_int_not_equal(account_judge(passwd, size, 1000, "bob"), ACCOUNT_CONFIRMS);
		assert_int_not_equal(account_judge(passwd, size, 1000, "ada.l"), ACCOUNT_DENIES);
	}
}

static void test_owners(void **state)
{
	static struct account_owners owners;

	(void)state;
	assert_false(account_owners_deny(&owners, 1000, "ada"));
	account_owners_note(&owners, 1000, "ada");
	account_owners_note(&owners, 1000, "bob");
	assert_false(account_owners_deny(&owners, 1000, "ada"));
	assert_true(account_owners_deny(&owners, 1000, "bob"));
	account_owners_set(&owners, 1000, "bob");
	assert_true(account_owners_deny(&owners, 1000, "ada"));
	assert_int_equal(owners.count, 1);
	for (uint32_t uid = 2000; uid < 2000 + ACCOUNT_OWNERS; uid++)
		account_owners_note(&owners, uid, "x");
	assert_false(account_owners_deny(&owners, 1000, "y")); /* the oldest */
	assert_true(account_owners_deny(&owners, 2000, "y"));
	assert_true(account_owners_deny(&owners, 2000 + ACCOUNT_OWNERS - 1, "y"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_cut_lists),
		cmocka_unit_test(test_owners),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
