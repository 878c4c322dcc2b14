/* Kubelet's checkpoint of devices, of several versions, however it is cut. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/kubernetes/device_json.h"

/* Its entry point is called here; libFuzzer has a main() of its own. */
#include "tests/fuzz/fuzz_device_json.c"
#include "tests/support/replay_corpus.h"

#define DATA(entries)                                                                              \
	"{\"Data\":{\"PodDeviceEntries\":[" entries                                                \
	"],\"RegisteredDevices\":{\"nvidia.com/gpu\":[\"GPU-a\"]}},\"Checksum\":7}"
#define ENTRY(uid, resource, ids)                                                                  \
	"{\"PodUID\":\"" uid "\",\"ContainerName\":\"c\",\"ResourceName\":\"" resource             \
	"\",\"DeviceIDs\":" ids ",\"AllocResp\":\"Ci0KJE5W\"}"

static int parse_by(const char *data, size_t size, size_t step, struct device_list *list)
{
	struct device_json *json = device_json_new(list);
	int r = 0;

	assert_non_null(json);
	for (size_t at = 0; at < size && r == 0; at += step)
		r = device_json_add(json, data + at, size - at < step ? size - at : step);
	if (r == 0)
		r = device_json_finish(json);
	device_json_free(json);
	return r;
}

static const char several[] = DATA(ENTRY("whole", "nvidia.com/gpu",
	"{\"0\":[\"GPU-a\"],\"1\":[\"GPU-b\",\"GPU-c\"]}") "," ENTRY("whole", "nvidia.com/gpu",
	"{\"-1\":[\"GPU-a\"]}") "," /* another container has it, too */
	ENTRY("old", "nvidia.com/gpu", "[\"GPU-d\",\"GPU-e\"]") "," ENTRY("slices",
		"nvidia.com/mig-1g.5gb",
		"{\"0\":[\"MIG-1\",\"MIG-2\"]}") "," ENTRY("turns", "nvidia.com/gpu.shared",
		"{\"0\":[\"GPU-f::0\",\"GPU-f::7\",\"GPU-g::1\"]}") "," ENTRY("gke",
		"nvidia.com/gpu",
		"{\"0\":[\"nvidia0/gi3/vgpu1\",\"nvidia0/gi3/vgpu2\"]}") "," ENTRY("other",
		"vendor.com/fpga", "{\"0\":[\"x\"]}") "," ENTRY("none", "nvidia.com/gpu",
		"{}") ","
		      "{\"DeviceIDs\":{\"0\":[\"GPU-z\"]},\"ResourceName\":\"nvidia.com/gpu\",\"PodUID\":\"turned\"},"
		      "{\"DeviceIDs\":{\"0\":[\"GPU-z\"]},\"ResourceName\":\"nvidia.com/gpu\"},null,7");

static void assert_several(const struct device_list *list)
{
	static const struct {
		const char *uid;
		uint32_t n;
		bool is_shared;
	} expected[] = {{"whole", 3, false}, {"old", 2, false}, {"slices", 2, false},
		{"turns", 2, true}, {"gke", 1, true}, {"other", 0, false}, {"none", 0, false},
		{"turned", 1, false}, {"", 0, false}};

	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		bool is_shared = !expected[i].is_shared;

		assert_int_equal(
			device_list_count(list, expected[i].uid, &is_shared), expected[i].n);
		assert_int_equal(is_shared, expected[i].is_shared);
	}
}

static void test_slices(void **state)
{
	static const char text[] = DATA(ENTRY(
		"one", "nvidia.com/mig-1g.5gb", "[\"MIG-1\",\"MIG-2\"]") "," ENTRY("two",
		"nvidia.com/mig-1g.5gb", "[\"MIG-3\"]") "," ENTRY("two", "nvidia.com/mig-3g.20gb",
		"[\"MIG-4\"]") "," ENTRY("both", "nvidia.com/gpu", "[\"GPU-1\"]") "," ENTRY("both",
		"nvidia.com/mig-1g.5gb",
		"[\"MIG-5\"]") "," ENTRY("whole", "nvidia.com/gpu", "[\"GPU-2\"]") "," ENTRY("odd",
		"nvidia.com/mig-\\u0007g/0123456789012345678901234567",
		"[\"MIG-6\"]") "," ENTRY("bare", "nvidia.com/mig-", "[\"MIG-7\"]"));
	struct device_list list = {0};

	(void)state;
	assert_int_equal(parse_by(text, strlen(text), 7, &list), 0);
	assert_string_equal(device_list_slice(&list, "one"), "mig-1g.5gb");
	assert_string_equal(device_list_slice(&list, "two"), "mig-mixed");
	assert_string_equal(device_list_slice(&list, "both"), "mig-mixed");
	assert_null(device_list_slice(&list, "whole"));
	assert_null(device_list_slice(&list, "nobody"));
	assert_string_equal(device_list_slice(&list, "odd"), "mig-_g_012345678901234567890123");
	assert_string_equal(device_list_slice(&list, "bare"), "mig-");
	device_list_release(&list);
}

static void test_however_it_is_cut(void **state)
{
	(void)state;
	for (size_t step = 1; step < 300; step++) {
		struct device_list list = {0};

		assert_int_equal(parse_by(several, strlen(several), step, &list), 0);
		assert_several(&list);
		device_list_release(&list);
	}
}

static void test_truncated_everywhere(void **state)
{
	(void)state;
	for (size_t size = 0; size < strlen(several); size++) {
		struct device_list list = {0};

		assert_int_equal(parse_by(several, size, 64, &list), -EBADMSG);
		device_list_release(&list);
	}
}

static void test_others(void **state)
{
	static const struct {
		const char *text;
		int r;
	} examples[] = {{"{\"Data\":{\"PodDeviceEntries\":null}}", 0}, {"{\"Data\":{}}", 0},
		{"{\"Data\":null}", -EBADMSG}, {"{}", -EBADMSG}, {"[]", -EBADMSG},
		{"{\"Data\":{\"PodDeviceEntries\":{\"PodUID\":7}}}", 0}, {"not json", -EBADMSG}};

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
		struct device_list list = {0};

		print_message("%s\n", examples[i].text);
		assert_int_equal(parse_by(examples[i].text, strlen(examples[i].text), 7, &list),
			examples[i].r);
		assert_int_equal(list.n, 0);
		device_list_release(&list);
	}
}

static void test_corpus(void **state)
{
	(void)state;
	assert_int_equal(replay_folder(REPLAY_CORPUS("device_json")), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_however_it_is_cut),
		cmocka_unit_test(test_truncated_everywhere),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_corpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
