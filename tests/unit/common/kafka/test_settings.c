#include "common/kafka/settings.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The effective value of @name; "" when the setting does not exist. */
static const char *value_of(rd_kafka_conf_t *conf, const char *name)
{
	static char value[256];
	size_t size = sizeof(value);

	if (rd_kafka_conf_get(conf, name, value, &size) != RD_KAFKA_CONF_OK)
		value[0] = '\0';
	return value;
}

/* What is only read may stand where an option_pair owns. */
static char *borrowed(const char *text)
{
	return (char *)(uintptr_t)text;
}

static int apply(rd_kafka_conf_t *conf, enum kafka_client client, const char *name,
	const char *value, char error[256])
{
	struct option_pair pair = {borrowed(name), borrowed(value)};
	const struct option_pairs user = {&pair, name ? 1 : 0};

	error[0] = '\0';
	return kafka_settings_apply(conf, client, &user, error, 256);
}

static void test_every_client_starts_from_its_own(void **state)
{
	static const struct {
		enum kafka_client client;
		const char *name, *value;
	} cases[] = {
		{KAFKA_CLIENT_SPOOL, "client.id", "hubmeter-collector"},
		{KAFKA_CLIENT_SPOOL, "enable.idempotence", "true"},
		{KAFKA_CLIENT_SPOOL, "enable.gapless.guarantee", "true"},
		{KAFKA_CLIENT_SPOOL, "acks", "-1"},
		{KAFKA_CLIENT_SPOOL, "message.timeout.ms", "0"},
		{KAFKA_CLIENT_IMPORT, "enable.idempotence", "true"},
		{KAFKA_CLIENT_IMPORT, "message.timeout.ms", "0"},
		{KAFKA_CLIENT_CONSUMER, "client.id", "hubmeter-aggregator"},
		{KAFKA_CLIENT_CONSUMER, "enable.auto.commit", "false"},
		{KAFKA_CLIENT_CONSUMER, "auto.offset.reset", "error"},
		{KAFKA_CLIENT_CONSUMER, "partition.assignment.strategy", "range"},
		{KAFKA_CLIENT_ADMIN, "client.id", "hubmeter"},
		{KAFKA_CLIENT_ADMIN, "enable.idempotence", "false"},
		{KAFKA_CLIENT_ADMIN, "log.queue", "true"},
	};
	char error[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		rd_kafka_conf_t *conf = rd_kafka_conf_new();

		assert_int_equal(apply(conf, cases[i].client, NULL, NULL, error), 0);
		assert_string_equal(value_of(conf, cases[i].name), cases[i].value);
		rd_kafka_conf_destroy(conf);
	}
}

static void test_the_users_win_over_defaults(void **state)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char error[256];

	(void)state;
	assert_int_equal(apply(conf, KAFKA_CLIENT_CONSUMER, "fetch.wait.max.ms", "7", error), 0);
	assert_string_equal(value_of(conf, "fetch.wait.max.ms"), "7");
	rd_kafka_conf_destroy(conf);
}

static void test_fixed_ones_are_refused(void **state)
{
	static const struct {
		enum kafka_client client;
		const char *name;
		int r;
	} cases[] = {
		{KAFKA_CLIENT_SPOOL, "acks", -EINVAL},
		{KAFKA_CLIENT_SPOOL, "request.required.acks", -EINVAL},
		{KAFKA_CLIENT_SPOOL, "transactional.id", -EINVAL},
		{KAFKA_CLIENT_SPOOL, "message.timeout.ms", -EINVAL},
		{KAFKA_CLIENT_IMPORT, "enable.gapless.guarantee", -EINVAL},
		{KAFKA_CLIENT_IMPORT, "delivery.timeout.ms", -EINVAL},
		{KAFKA_CLIENT_CONSUMER, "auto.offset.reset", -EINVAL},
		{KAFKA_CLIENT_CONSUMER, "group.id", -EINVAL},
		{KAFKA_CLIENT_ADMIN, "log.queue", -EINVAL},
		{KAFKA_CLIENT_ADMIN, "acks", 0}, /* it sends nothing */
	};
	char error[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		rd_kafka_conf_t *conf = rd_kafka_conf_new();
		int r = apply(conf, cases[i].client, cases[i].name, "1", error);

		rd_kafka_conf_destroy(conf);
		assert_int_equal(r, cases[i].r);
		if (r < 0)
			assert_non_null(strstr(error, "not to be changed"));
	}
}

static void test_a_refused_value_is_named_unless_it_is_secret(void **state)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char error[256];

	(void)state;
	assert_int_equal(apply(conf, KAFKA_CLIENT_ADMIN, "no.such", "x", error), -EINVAL);
	assert_string_equal(
		error, "option \"kafka.no.such\": No such configuration property: \"no.such\"");
	assert_int_equal(
		apply(conf, KAFKA_CLIENT_ADMIN, "security.protocol", "tls", error), -EINVAL);
	assert_non_null(strstr(error, "\"tls\""));
	assert_int_equal(
		apply(conf, KAFKA_CLIENT_ADMIN, "no.such.password", "s3cret", error), -EINVAL);
	assert_null(strstr(error, "s3cret"));
	rd_kafka_conf_destroy(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_client_starts_from_its_own),
		cmocka_unit_test(test_the_users_win_over_defaults),
		cmocka_unit_test(test_fixed_ones_are_refused),
		cmocka_unit_test(test_a_refused_value_is_named_unless_it_is_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
