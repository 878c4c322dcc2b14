/* What a value may show of itself: everything but passwords. */
#include "common/options/print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_passwords_in_values(void **state)
{
	static const struct {
		const char *value, *shown;
	} cases[] = {
		{"", ""},
		{"host=h user=u", "host=h user=u"},
		{"host=h password=x user=u", "host=h password=*** user=u"},
		{"password = x", "password = ***"},
		{"password='a \\' b' host=h", "password=*** host=h"},
		{"password='open", "password=***"},
		{"password='\\", "password=***"},
		{"sslpassword=x passfile=/f", "sslpassword=*** passfile=/f"},
		{"user=password", "user=password"},
		{"password=", "password=***"},
		{"postgresql://u:x@h:5/d", "postgresql://u:***@h:5/d"},
		{"postgresql://u:x@y@h/d", "postgresql://u:***@h/d"},
		{"postgresql://u@h:5/d?password=x&a=b", "postgresql://u@h:5/d?password=***&a=b"},
		{"http://h:80/a@b", "http://h:80/a@b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = NULL;
		size_t size;
		FILE *out = open_memstream(&text, &size);

		assert_non_null(out);
		option_print_redacted(cases[i].value, out);
		assert_int_equal(fclose(out), 0);
		assert_string_equal(text, cases[i].shown);
		free(text);
	}
}

static void test_secret_names(void **state)
{
	static const char *const secrets[] = {"db_password", "kafka.sasl.password",
		"kafka.ssl.key.pem", "sasl.jaas.config", "sasl.oauthbearer.client.secret"};
	static const char *const others[] = {
		"postgres", "passfile", "ssl.key.location", "hub", "alert_secret_file"};

	(void)state;
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++)
		assert_true(option_is_secret(secrets[i]));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_false(option_is_secret(others[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passwords_in_values),
		cmocka_unit_test(test_secret_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
