/*
 * Who may do what to topics: Kafka's access rules (ACLs), as far as hubs need them. Part of
 * cli/broker/broker.h: what a call returns below 0 has its reason in broker_error().
 *
 * A rule of ours allows one principal, from anywhere, one thing to all topics whose names begin
 * with a prefix. The prefix ends with the delimiter: "usage.a" would also be that of usage.a2.v1.
 */
#ifndef CLI_BROKER_ACCESS_H
#define CLI_BROKER_ACCESS_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/broker/broker.h"

enum broker_right { BROKER_RIGHT_WRITE, BROKER_RIGHT_DESCRIBE };

const char *broker_right_name(enum broker_right right);

/*
 * May we change rules, and are there any? Asked by removing a rule that can't be: librdkafka 2.0.2
 * forgets that it was refused an answer, and then there seem to be no rules.
 */
int broker_check_rules(struct broker *broker);

/* Is there such a rule? */
int broker_is_allowed(struct broker *broker, const char *principal, const char *prefix,
	enum broker_right right, bool *ret);

/* Make it. Fine if it is there. */
int broker_allow(
	struct broker *broker, const char *principal, const char *prefix, enum broker_right right);

/* Told of each rule: who, what (WRITE), and the topics it is about: a name, or usage.a.* */
typedef void broker_rule_fn(
	void *context, const char *principal, const char *act, const char *name);

/*
 * Remove every rule, whatever it allows or denies, that is about @principal and the topics that
 * begin with @prefix, or @topic by its full name.
 */
int broker_disallow(struct broker *broker, const char *principal, const char *prefix,
	const char *topic, broker_rule_fn *removed, void *context);

/* What broker_disallow() would remove. */
int broker_rules_of(struct broker *broker, const char *principal, const char *prefix,
	const char *topic, broker_rule_fn *found, void *context);

/* Every rule by which anybody may write to @topic: its own, those of prefixes and of all topics. */
int broker_writers(struct broker *broker, const char *topic, broker_rule_fn *found, void *context);

#endif
