/* Rules are asked for and removed by filters; a filter that names everything is one rule. */
#include "cli/broker/access.h"

#include <errno.h>
#include <stdio.h>

#include "cli/broker/private.h"
#include "hubmeter/cleanup.h"

#define ANYWHERE "*"
#define NOWHERE	 "no host" /* hosts of rules are addresses */

static inline void binding_destroyp(rd_kafka_AclBinding_t **binding)
{
	if (*binding)
		rd_kafka_AclBinding_destroy(*binding);
}

static rd_kafka_AclOperation_t operation_of(enum broker_right right)
{
	return right == BROKER_RIGHT_WRITE ? RD_KAFKA_ACL_OPERATION_WRITE
					   : RD_KAFKA_ACL_OPERATION_DESCRIBE;
}

const char *broker_right_name(enum broker_right right)
{
	return rd_kafka_AclOperation_name(operation_of(right));
}

/* The rules that fit @filter. They live as long as *@ret_event, which the caller destroys. */
static int ask(struct broker *broker, rd_kafka_AclBindingFilter_t *filter,
	rd_kafka_event_t **ret_event, const rd_kafka_AclBinding_t ***ret, size_t *ret_count)
{
	hm_cleanup(queue_destroyp) rd_kafka_queue_t *queue = rd_kafka_queue_new(broker->rk);
	int r;

	rd_kafka_DescribeAcls(broker->rk, filter, NULL, queue);
	r = broker_await(broker, queue, "access rules", ret_event);
	if (r < 0)
		return r;
	*ret = rd_kafka_DescribeAcls_result_acls(
		rd_kafka_event_DescribeAcls_result(*ret_event), ret_count);
	return 0;
}

int broker_is_allowed(struct broker *broker, const char *principal, const char *prefix,
	enum broker_right right, bool *ret)
{
	hm_cleanup(binding_destroyp) rd_kafka_AclBindingFilter_t *filter = NULL;
	hm_cleanup(event_destroyp) rd_kafka_event_t *event = NULL;
	const rd_kafka_AclBinding_t **rules;
	size_t count = 0;
	char why[256];
	int r;

	filter = rd_kafka_AclBindingFilter_new(RD_KAFKA_RESOURCE_TOPIC, prefix,
		RD_KAFKA_RESOURCE_PATTERN_PREFIXED, principal, ANYWHERE, operation_of(right),
		RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, why, sizeof(why));
	if (!filter)
		return broker_fail(broker, -EINVAL, "%s", why);
	r = ask(broker, filter, &event, &rules, &count);
	if (r < 0)
		return r;
	*ret = count > 0;
	return 0;
}

int broker_allow(
	struct broker *broker, const char *principal, const char *prefix, enum broker_right right)
{
	hm_cleanup(queue_destroyp) rd_kafka_queue_t *queue = rd_kafka_queue_new(broker->rk);
	hm_cleanup(event_destroyp) rd_kafka_event_t *event = NULL;
	hm_cleanup(binding_destroyp) rd_kafka_AclBinding_t *rule = NULL;
	const rd_kafka_acl_result_t **results;
	const rd_kafka_error_t *error;
	size_t count = 0;
	char why[256];
	int r;

	rule = rd_kafka_AclBinding_new(RD_KAFKA_RESOURCE_TOPIC, prefix,
		RD_KAFKA_RESOURCE_PATTERN_PREFIXED, principal, ANYWHERE, operation_of(right),
		RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, why, sizeof(why));
	if (!rule)
		return broker_fail(broker, -EINVAL, "%s", why);
	rd_kafka_CreateAcls(broker->rk, &rule, 1, NULL, queue);
	r = broker_await(broker, queue, principal, &event);
	if (r < 0)
		return r;
	results = rd_kafka_CreateAcls_result_acls(rd_kafka_event_CreateAcls_result(event), &count);
	if (count != 1)
		return broker_fail(
			broker, -EIO, "%s: unexpected answer from the broker", principal);
	error = rd_kafka_acl_result_error(results[0]);
	return error ? broker_refused(broker, principal, rd_kafka_error_code(error),
			       rd_kafka_error_string(error))
		     : 0;
}

static void tell(broker_rule_fn *fn, void *context, const rd_kafka_AclBinding_t *rule)
{
	char names[TOPIC_NAME_SIZE + 1];

	(void)snprintf(names, sizeof(names), "%s%s", rd_kafka_AclBinding_name(rule),
		rd_kafka_AclBinding_resource_pattern_type(rule) ==
				RD_KAFKA_RESOURCE_PATTERN_PREFIXED
			? "*"
			: "");
	fn(context, rd_kafka_AclBinding_principal(rule),
		rd_kafka_AclOperation_name(rd_kafka_AclBinding_operation(rule)), names);
}

/* [0]: by prefix, [1]: by full name. The caller destroys them. */
static int filters_of(struct broker *broker, const char *principal, const char *prefix,
	const char *topic, rd_kafka_AclBindingFilter_t *ret[2])
{
	char why[256] = "";

	for (int i = 0; i < 2; i++) {
		ret[i] = rd_kafka_AclBindingFilter_new(RD_KAFKA_RESOURCE_TOPIC,
			i == 0 ? prefix : topic,
			i == 0 ? RD_KAFKA_RESOURCE_PATTERN_PREFIXED
			       : RD_KAFKA_RESOURCE_PATTERN_LITERAL,
			principal, NULL, RD_KAFKA_ACL_OPERATION_ANY,
			RD_KAFKA_ACL_PERMISSION_TYPE_ANY, why, sizeof(why));
		if (!ret[i])
			return broker_fail(broker, -EINVAL, "%s", why);
	}
	return 0;
}

static void tell_removed(const rd_kafka_DeleteAcls_result_response_t *response,
	broker_rule_fn *removed, void *context)
{
	size_t count = 0;
	const rd_kafka_AclBinding_t **rules =
		rd_kafka_DeleteAcls_result_response_matching_acls(response, &count);

	for (size_t i = 0; i < count; i++)
		tell(removed, context, rules[i]);
}

static int disallow(struct broker *broker, const char *principal,
	rd_kafka_AclBindingFilter_t **filters, size_t n_filters, broker_rule_fn *removed,
	void *context)
{
	hm_cleanup(queue_destroyp) rd_kafka_queue_t *queue = rd_kafka_queue_new(broker->rk);
	hm_cleanup(event_destroyp) rd_kafka_event_t *event = NULL;
	const rd_kafka_DeleteAcls_result_response_t **responses;
	size_t count = 0;
	int r;

	rd_kafka_DeleteAcls(broker->rk, filters, n_filters, NULL, queue);
	r = broker_await(broker, queue, principal, &event);
	if (r < 0)
		return r;
	responses = rd_kafka_DeleteAcls_result_responses(
		rd_kafka_event_DeleteAcls_result(event), &count);
	for (size_t i = 0; i < count; i++) {
		const rd_kafka_error_t *error =
			rd_kafka_DeleteAcls_result_response_error(responses[i]);

		if (error)
			return broker_refused(broker, principal, rd_kafka_error_code(error),
				rd_kafka_error_string(error));
		tell_removed(responses[i], removed, context);
	}
	return 0;
}

int broker_disallow(struct broker *broker, const char *principal, const char *prefix,
	const char *topic, broker_rule_fn *removed, void *context)
{
	rd_kafka_AclBindingFilter_t *filters[2] = {NULL, NULL};
	int r = filters_of(broker, principal, prefix, topic, filters);

	if (r == 0)
		r = disallow(broker, principal, filters, 2, removed, context);
	binding_destroyp(&filters[0]);
	binding_destroyp(&filters[1]);
	return r;
}

static void ignore(void *context, const char *principal, const char *act, const char *name)
{
	(void)context;
	(void)principal;
	(void)act;
	(void)name;
}

int broker_check_rules(struct broker *broker)
{
	char why[256];
	hm_cleanup(binding_destroyp) rd_kafka_AclBindingFilter_t *filter =
		rd_kafka_AclBindingFilter_new(RD_KAFKA_RESOURCE_TOPIC, "usage.nobody.v1",
			RD_KAFKA_RESOURCE_PATTERN_LITERAL, "User:nobody", NOWHERE,
			RD_KAFKA_ACL_OPERATION_WRITE, RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, why,
			sizeof(why));

	if (!filter)
		return broker_fail(broker, -EINVAL, "%s", why);
	return disallow(broker, "access rules", &filter, 1, ignore, NULL);
}

static int tell_all(struct broker *broker, rd_kafka_AclBindingFilter_t *filter,
	broker_rule_fn *found, void *context)
{
	hm_cleanup(event_destroyp) rd_kafka_event_t *event = NULL;
	const rd_kafka_AclBinding_t **rules;
	size_t count = 0;
	int r = ask(broker, filter, &event, &rules, &count);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		tell(found, context, rules[i]);
	return 0;
}

int broker_rules_of(struct broker *broker, const char *principal, const char *prefix,
	const char *topic, broker_rule_fn *found, void *context)
{
	rd_kafka_AclBindingFilter_t *filters[2] = {NULL, NULL};
	int r = filters_of(broker, principal, prefix, topic, filters);

	for (int i = 0; i < 2 && r == 0; i++)
		r = tell_all(broker, filters[i], found, context);
	binding_destroyp(&filters[0]);
	binding_destroyp(&filters[1]);
	return r;
}

int broker_writers(struct broker *broker, const char *topic, broker_rule_fn *found, void *context)
{
	static const rd_kafka_AclOperation_t operations[] = {
		RD_KAFKA_ACL_OPERATION_WRITE, RD_KAFKA_ACL_OPERATION_ALL};
	char why[256];
	int r = 0;

	for (int i = 0; i < 2 && r == 0; i++) {
		hm_cleanup(binding_destroyp) rd_kafka_AclBindingFilter_t *filter =
			rd_kafka_AclBindingFilter_new(RD_KAFKA_RESOURCE_TOPIC, topic,
				RD_KAFKA_RESOURCE_PATTERN_MATCH, NULL, NULL, operations[i],
				RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, why, sizeof(why));

		r = filter ? tell_all(broker, filter, found, context)
			   : broker_fail(broker, -EINVAL, "%s", why);
	}
	return r;
}
