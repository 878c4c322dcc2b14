/* The table of settings, and the order in which they are applied. */
#include "common/kafka/settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/options/print.h"

#define BIT(client) (1u << (client))

enum {
	SPOOL = BIT(KAFKA_CLIENT_SPOOL),
	IMPORT = BIT(KAFKA_CLIENT_IMPORT),
	CONSUMER = BIT(KAFKA_CLIENT_CONSUMER),
	ADMIN = BIT(KAFKA_CLIENT_ADMIN),
	PRODUCERS = SPOOL | IMPORT,
	EVERYBODY = PRODUCERS | CONSUMER | ADMIN
};

enum rule {
	RULE_DEFAULT,  /* the user's own wins */
	RULE_IF_KNOWN, /* the same, for what older versions of librdkafka do not have */
	RULE_FIXED     /* the user's own is refused; a value of NULL sets nothing */
};

struct setting {
	unsigned int clients;
	enum rule rule;
	const char *name;
	const char *value;
};

static const struct setting settings[] = {
	{SPOOL, RULE_DEFAULT, "client.id", "hubmeter-collector"},
	{CONSUMER, RULE_DEFAULT, "client.id", "hubmeter-aggregator"},
	{ADMIN | IMPORT, RULE_DEFAULT, "client.id", "hubmeter"},
	{EVERYBODY, RULE_DEFAULT, "reconnect.backoff.ms", "50"},
	{EVERYBODY, RULE_DEFAULT, "reconnect.backoff.max.ms", "500"},
	{EVERYBODY, RULE_DEFAULT, "socket.nagle.disable", "true"},
	{EVERYBODY, RULE_FIXED, "log.queue", "true"}, /* no callback on librdkafka's threads */

	{PRODUCERS, RULE_DEFAULT, "compression.codec", "lz4"},
	{PRODUCERS, RULE_DEFAULT, "message.max.bytes", "16777216"}, /* the broker's limit decides */
	{PRODUCERS, RULE_DEFAULT, "queue.buffering.max.kbytes", "65536"},
	{PRODUCERS, RULE_FIXED, "enable.idempotence", "true"},
	{PRODUCERS, RULE_FIXED, "enable.gapless.guarantee", "true"},
	{PRODUCERS, RULE_FIXED, "acks", "all"},
	{PRODUCERS, RULE_FIXED, "request.required.acks", NULL}, /* another name of acks */
	{PRODUCERS, RULE_FIXED, "transactional.id", NULL},
	/* never: behind a message that timed out the next one would arrive, and leave a hole that
	 * sending again does not fill */
	{PRODUCERS, RULE_FIXED, "message.timeout.ms", "0"},
	{PRODUCERS, RULE_FIXED, "delivery.timeout.ms", NULL}, /* another name of it */

	{CONSUMER, RULE_DEFAULT, "check.crcs", "true"},
	{CONSUMER, RULE_DEFAULT, "fetch.wait.max.ms", "100"},
	/* a member that hangs holds the group up so long when others join or leave it */
	{CONSUMER, RULE_DEFAULT, "max.poll.interval.ms", "45000"},
	{CONSUMER, RULE_DEFAULT, "topic.metadata.refresh.interval.ms", "5000"},
	/* when its queue was full librdkafka looks again soon, not after a second */
	{CONSUMER, RULE_IF_KNOWN, "fetch.queue.backoff.ms", "10"},
	/* ... which 2.0.2 does not know: a queue that lasts for that second */
	{CONSUMER, RULE_DEFAULT, "queued.max.messages.kbytes", "262144"},
	{CONSUMER, RULE_FIXED, "partition.assignment.strategy", "range"},
	{CONSUMER, RULE_FIXED, "enable.auto.commit", "false"},
	{CONSUMER, RULE_FIXED, "enable.auto.offset.store", "false"},
	{CONSUMER, RULE_FIXED, "auto.offset.reset", "error"},
	{CONSUMER, RULE_FIXED, "allow.auto.create.topics", "false"},
	{CONSUMER, RULE_FIXED, "group.id", NULL},	      /* the option group_id */
	{CONSUMER, RULE_FIXED, "enable.partition.eof", NULL}, /* exit_when_caught_up */
};

#define COUNT (sizeof(settings) / sizeof(*settings))

static int set(
	rd_kafka_conf_t *conf, const char *name, const char *value, char *error, size_t error_size)
{
	char reason[256];

	if (rd_kafka_conf_set(conf, name, value, reason, sizeof(reason)) == RD_KAFKA_CONF_OK)
		return 0;
	/* librdkafka repeats the value in some of its reasons */
	(void)snprintf(error, error_size, "option \"kafka.%s\": %s", name,
		option_is_secret(name) ? "librdkafka refuses the value" : reason);
	return -EINVAL;
}

static bool is_fixed(enum kafka_client client, const char *name)
{
	for (size_t i = 0; i < COUNT; i++)
		if ((settings[i].clients & BIT(client)) && settings[i].rule == RULE_FIXED &&
			strcmp(settings[i].name, name) == 0)
			return true;
	return false;
}

static int apply_ours(
	rd_kafka_conf_t *conf, enum kafka_client client, bool fixed, char *error, size_t error_size)
{
	for (size_t i = 0; i < COUNT; i++) {
		const struct setting *setting = &settings[i];
		int r;

		if (!(setting->clients & BIT(client)) || !setting->value ||
			(setting->rule == RULE_FIXED) != fixed)
			continue;
		r = set(conf, setting->name, setting->value, error, error_size);
		if (r < 0 && setting->rule != RULE_IF_KNOWN)
			return r;
	}
	return 0;
}

static int apply_users(rd_kafka_conf_t *conf, enum kafka_client client,
	const struct option_pairs *user, char *error, size_t error_size)
{
	for (size_t i = 0; i < user->count; i++) {
		const struct option_pair *pair = &user->pair[i];
		int r;

		if (is_fixed(client, pair->name)) {
			(void)snprintf(error, error_size,
				"option \"kafka.%s\": set by hubmeter itself and not to be changed",
				pair->name);
			return -EINVAL;
		}
		r = set(conf, pair->name, pair->value, error, error_size);
		if (r < 0)
			return r;
	}
	return 0;
}

int kafka_settings_apply(rd_kafka_conf_t *conf, enum kafka_client client,
	const struct option_pairs *user, char *error, size_t error_size)
{
	int r;

	r = apply_ours(conf, client, false, error, error_size);
	if (r == 0)
		r = apply_users(conf, client, user, error, error_size);
	if (r == 0)
		r = apply_ours(conf, client, true, error, error_size);
	return r;
}
