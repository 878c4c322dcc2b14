/* The same halving as that of commits which are waited for, but for what comes of it. */
#include "aggregator/loop/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "aggregator/rollup/part.h"

int load_init(struct load *load, const struct clock *clock, const struct ingest_limits *limits)
{
	*load = (struct load){0};
	return ingest_new(clock, limits, &load->ingest);
}

void load_release(struct load *load)
{
	ingest_free(load->ingest);
	free(load->refused);
	*load = (struct load){0};
}

int load_take(struct load *load, struct ingest *ingest)
{
	int r;

	for (size_t i = 0; i < load->ingest->n_topics; i++)
		buffer_clear(&load->ingest->topic[i]->wanted); /* or it would stay */
	ingest_drop(load->ingest);
	load->n_refused = 0;
	r = ingest_freeze(ingest, load->ingest);
	load->keys = rollup_keys(&load->ingest->rollup);
	load->bytes = rollup_used_bytes(&load->ingest->rollup);
	return r;
}

static size_t only_topic(const struct ingest *ingest)
{
	size_t number = 0;

	while (number < ingest->n_topics && !part_has_topic(ingest, ingest->topic[number]))
		number++;
	return number;
}

/* The one topic in the commit comes back. */
static int send_back(struct load *load, const struct store *store, int result)
{
	struct ingest *ingest = load->ingest;
	const size_t number = only_topic(ingest);
	struct load_refused *refused =
		reallocarray(load->refused, load->n_refused + 1, sizeof(*refused));

	if (!refused)
		return -ENOMEM;
	load->refused = refused;
	refused += load->n_refused++;
	*refused = (struct load_refused){
		.topic = number, .result = result, .messages = part_messages(ingest)};
	(void)snprintf(refused->reason, sizeof(refused->reason), "%s",
		store_error(store)); /* cut to fit */
	if (result == -EREMCHG)
		(void)ingest_want_streams(ingest->topic[number]); /* as many as it can */
	for (size_t i = 0; i < ingest->n_partitions; i++)
		if (ingest->partition[i].its_topic == ingest->topic[number])
			part_set_aside(ingest, &ingest->partition[i]);
	return 0;
}

int load_commit(struct load *load, struct store *store)
{
	struct ingest *ingest = load->ingest;
	int r;

	do {
		r = store_flush(store, ingest);
		while (store_is_refusal(r) && part_hold_half(ingest))
			r = store_flush(store, ingest);
		if (store_is_refusal(r))
			r = send_back(load, store, r);
		else if (r == 0)
			ingest_commit(ingest);
	} while (r == 0 && part_next(ingest));
	return r;
}
