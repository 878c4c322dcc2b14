/*
 * Kubelet's checkpoint of devices, in pieces: the list stays within its limit, no device is in it
 * twice, and it is understood alike however it is cut.
 */
#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "collector/source/kubernetes/device_json.h"

static int parse_in_steps(const uint8_t *data, size_t size, size_t step, struct device_list *list)
{
	struct device_json *json = device_json_new(list);
	int r = json ? 0 : -ENOMEM;

	for (size_t at = 0; at < size && r == 0; at += step)
		r = device_json_add(json, data + at, size - at < step ? size - at : step);
	if (r == 0)
		r = device_json_finish(json);
	device_json_free(json);
	return r;
}

static void assert_same(const struct device_list *a, const struct device_list *b)
{
	assert(a->n == b->n);
	for (size_t i = 0; i < a->n; i++) {
		bool is_shared;

		assert(*a->device[i].uid && strcmp(a->device[i].uid, b->device[i].uid) == 0);
		assert(a->device[i].id == b->device[i].id);
		assert(a->device[i].is_shared == b->device[i].is_shared);
		assert(device_list_count(a, a->device[i].uid, &is_shared) > 0);
		for (size_t j = 0; j < i; j++)
			assert(a->device[i].id != a->device[j].id ||
				strcmp(a->device[i].uid, a->device[j].uid) != 0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct device_list whole = {0}, cut = {0};
	int r = parse_in_steps(data, size, size + 1, &whole);

	assert(parse_in_steps(data, size, 3, &cut) == r);
	assert(whole.n <= DEVICE_LIST_MAX);
	if (r == 0)
		assert_same(&whole, &cut);
	device_list_release(&whole);
	device_list_release(&cut);
	return 0;
}
