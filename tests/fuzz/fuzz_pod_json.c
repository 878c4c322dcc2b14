/*
 * Kubelet's list of pods, in pieces: whatever is in it, names stay fit to travel, the list within
 * its limit, and it is understood alike however it is cut. Its quantities, each by itself, too.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "collector/source/kubernetes/pod_json.h"
#include "collector/source/kubernetes/resource_quantity.h"
#include "collector/source/name.h"
#include "common/utf8.h"

static int parse_in_steps(const uint8_t *data, size_t size, size_t step, struct pod_list *list)
{
	struct pod_json *json = pod_json_new(list, "owner", "course");
	int r = json ? 0 : -ENOMEM;

	for (size_t at = 0; at < size && r == 0; at += step)
		r = pod_json_add(json, data + at, size - at < step ? size - at : step);
	if (r == 0)
		r = pod_json_finish(json);
	pod_json_free(json);
	return r;
}

static void assert_same(const char *a, const char *b)
{
	assert(!a == !b);
	assert(!a || strcmp(a, b) == 0);
	assert(!a || (strlen(a) <= NAME_MAX_SIZE && utf8_valid_size(a, strlen(a)) == strlen(a)));
}

static void assert_same_pod(const struct pod *a, const struct pod *b)
{
	assert(*a->uid && strcmp(a->uid, b->uid) == 0 && strcmp(a->hash, b->hash) == 0);
	assert_same(a->user, b->user);
	assert_same(a->server, b->server);
	assert_same(a->tag, b->tag);
	assert(a->microcores == b->microcores && a->bytes == b->bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pod_list whole = {0}, cut = {0};
	int r = parse_in_steps(data, size, size + 1, &whole);
	uint64_t value = 0;

	assert(parse_in_steps(data, size, 3, &cut) == r);
	assert(whole.n <= POD_LIST_MAX && (r < 0 || whole.n == cut.n));
	for (size_t i = 0; r == 0 && i < whole.n; i++)
		assert_same_pod(&whole.pod[i], &cut.pod[i]);
	pod_list_release(&whole);
	pod_list_release(&cut);
	r = resource_quantity_parse((const char *)data, size, 1000000, &value);
	assert(r == 0 || (r == -EBADMSG && value == 0));
	return 0;
}
