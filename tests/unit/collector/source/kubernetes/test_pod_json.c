/* Lists of pods, however they are cut, and what is no list. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/json_walk.h"
#include "collector/source/kubernetes/pod_json.h"

/* Its entry point is called here; libFuzzer has a main() of its own. */
#include "tests/fuzz/fuzz_pod_json.c"
#include "tests/support/replay_corpus.h"

#define LIST(items) "{\"kind\":\"PodList\",\"metadata\":{},\"items\":[" items "]}"
#define MIB	    1048576u

static int parse_by(const char *data, size_t size, size_t step, struct pod_list *list)
{
	struct pod_json *json = pod_json_new(list, "owner", "course");
	int r = 0;

	assert_non_null(json);
	for (size_t at = 0; at < size && r == 0; at += step)
		r = pod_json_add(json, data + at, size - at < step ? size - at : step);
	if (r == 0)
		r = pod_json_finish(json);
	pod_json_free(json);
	return r;
}

static int parse(const char *text, struct pod_list *list)
{
	return parse_by(text, strlen(text), 1000, list);
}

/* As kubelet writes them, with much that looks alike in other places. */
static const char several[] = LIST(
	"{\"metadata\":{\"uid\":\"u1\",\"ownerReferences\":[{\"uid\":\"no\"}],"
	"\"labels\":{\"hub.jupyter.org/username\":\"slug\",\"hubmeter/tag\":\"t1\"},"
	"\"annotations\":{\"hub.jupyter.org/username\":\"Z\\u00fc@x--y\",\"other\":\"x\","
	"\"hub.jupyter.org/servername\":\"s\",\"owner\":\"not he\"},"
	"\"managedFields\":[{\"fieldsV1\":{\"f:metadata\":{\"f:uid\":{},\"uid\":\"no\"}}}]},"
	"\"spec\":{\"containers\":["
	"{\"env\":[{\"name\":\"cpu\",\"value\":\"7\"}],\"resources\":{\"limits\":{\"cpu\":\"9\"},"
	"\"requests\":{\"cpu\":\"500m\",\"memory\":\"1Gi\",\"nvidia.com/gpu\":\"1\"}}},"
	"{\"resources\":{\"requests\":{\"cpu\":1,\"memory\":\"nonsense\"}}}],"
	"\"overhead\":{\"cpu\":\"10m\",\"memory\":\"1Mi\"}},\"status\":{\"phase\":\"Running\","
	"\"containerStatuses\":[{\"resources\":{\"requests\":{\"cpu\":\"8\"}}}]}},"
	/* a worker of Dask */
	"{\"metadata\":{\"uid\":\"u2\",\"labels\":{\"owner\":\"bob\",\"course\":\"c1\"}}},"
	/* nobody's */
	"{\"metadata\":{\"uid\":\"u3\",\"annotations\":{\"hub.jupyter.org/username\":\"\","
	"\"kubernetes.io/config.hash\":\"h3\"}}},"
	/* init containers, one after the other, beside a sidecar */
	"{\"spec\":{\"initContainers\":["
	"{\"resources\":{\"requests\":{\"cpu\":\"3\"}}},"
	"{\"resources\":{\"requests\":{\"cpu\":\"1\",\"memory\":\"1Mi\"}},"
	"\"restartPolicy\":\"Always\"},"
	"{\"resources\":{\"requests\":{\"cpu\":\"2500m\",\"memory\":\"9Mi\"}}}],"
	"\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"2\",\"memory\":\"4Mi\"}}}]},"
	"\"metadata\":{\"uid\":\"u4\",\"annotations\":{\"course\":\"c2\"}}},"
	/* requests of the pod as a whole */
	"{\"metadata\":{\"uid\":\"u5\"},\"spec\":{\"resources\":{\"requests\":{\"cpu\":\"4\"}},"
	"\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"8\",\"memory\":\"4Mi\"}}}]}},"
	"{\"metadata\":{\"name\":\"without a uid\"}},7,\"x\",null,[],{}");

static void assert_several(const struct pod_list *list)
{
	const struct pod *pod;

	assert_int_equal(list->n, 5);
	pod = pod_list_find(list, "u1");
	assert_string_equal(pod->user, "Z\xc3\xbc@x--y");
	assert_string_equal(pod->server, "s");
	assert_string_equal(pod->tag, "t1");
	assert_int_equal(pod->microcores, 1510000);
	assert_int_equal(pod->bytes, 1025 * MIB);
	pod = pod_list_find(list, "u2");
	assert_string_equal(pod->user, "bob");
	assert_null(pod->server);
	assert_string_equal(pod->tag, "c1");
	assert_int_equal(pod->microcores, 0);
	pod = pod_list_find(list, "h3");
	assert_ptr_equal(pod, pod_list_find(list, "u3"));
	assert_null(pod->user);
	pod = pod_list_find(list, "u4");
	assert_null(pod->user);
	assert_string_equal(pod->tag, "c2");
	assert_int_equal(pod->microcores, 3500000);
	assert_int_equal(pod->bytes, 10 * MIB);
	assert_int_equal(pod_list_find(list, "u5")->microcores, 4000000);
	assert_null(pod_list_find(list, "no"));
	assert_null(pod_list_find(list, ""));
}

static void test_however_it_is_cut(void **state)
{
	(void)state;
	for (size_t step = 1; step < 300; step++) {
		struct pod_list list = {0};

		assert_int_equal(parse_by(several, strlen(several), step, &list), 0);
		assert_several(&list);
		pod_list_release(&list);
	}
}

static void test_truncated_everywhere(void **state)
{
	(void)state;
	for (size_t size = 0; size < strlen(several); size++) {
		struct pod_list list = {0};

		assert_int_equal(parse_by(several, size, 64, &list), -EBADMSG);
		pod_list_release(&list);
	}
}

static void test_no_list(void **state)
{
	static const char *const texts[] = {"", "null", "7", "\"x\"", "[]", "{}",
		"{\"kind\":\"PodList\"}", "{\"kind\":\"Status\",\"items\":[]}", "<html>",
		LIST("") " {}", "{\"items\":[]}", LIST("{\"metadata\":{\"uid\":}}"),
		"{\"kind\":\"PodList\",\"items\":null}"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct pod_list list = {0};

		print_message("%s\n", texts[i]);
		assert_int_equal(parse(texts[i], &list), -EBADMSG);
		pod_list_release(&list);
	}
}

/* An annotation of 64 KiB, one of 2 MiB, a name that is no UTF-8, and much too deep a nest. */
static void test_hostile(void **state)
{
	static const char head[] =
		"{\"kind\":\"PodList\",\"items\":[{\"metadata\":{\"uid\":\"u\",\"annotations\":{"
		"\"hub.jupyter.org/username\":\"a\xff\",\"big\":\"";
	static const char tail[] = "\"}}}]}";
	const size_t sizes[] = {65536, 2 * MIB};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		size_t size = strlen(head) + sizes[i] + strlen(tail);
		struct pod_list list = {0};
		char *text = malloc(size);

		assert_non_null(text);
		memcpy(text, head, strlen(head));
		memset(text + strlen(head), 'x', sizes[i]);
		memcpy(text + size - strlen(tail), tail, strlen(tail));
		assert_int_equal(parse_by(text, size, 16384, &list), i == 0 ? 0 : -E2BIG);
		if (i == 0)
			assert_memory_equal(list.pod[0].user, "a\xef\xbf\xbd~", 5);
		free(text);
		pod_list_release(&list);
	}
}

static void test_deep(void **state)
{
	struct pod_list list = {0};
	char text[512] = "{\"kind\":\"PodList\",\"items\":[]";
	size_t at = strlen(text);

	(void)state;
	at += (size_t)sprintf(text + at, ",\"x\":");
	memset(text + at, '[', JSON_DEPTH_MAX - 1);
	memset(text + at + JSON_DEPTH_MAX - 1, ']', JSON_DEPTH_MAX - 1);
	at += 2 * (JSON_DEPTH_MAX - 1);
	text[at] = '}';
	assert_int_equal(parse(text, &list), 0);
	memmove(text + strlen("{\"kind\":\"PodList\",\"items\":[],\"x\":") + 1,
		text + strlen("{\"kind\":\"PodList\",\"items\":[],\"x\":"), 2 * JSON_DEPTH_MAX - 1);
	assert_int_equal(parse(text, &list), -EBADMSG);
	pod_list_release(&list);
}

static void test_many(void **state)
{
	struct pod_json *json;
	struct pod_list list = {0};
	int r;

	(void)state;
	json = pod_json_new(&list, "", "");
	r = pod_json_add(json, "{\"kind\":\"PodList\",\"items\":[", 27);
	for (unsigned int i = 0; i < POD_LIST_MAX + 1 && r == 0; i++) {
		char text[64];
		int n = snprintf(
			text, sizeof(text), "%s{\"metadata\":{\"uid\":\"%u\"}}", i ? "," : "", i);

		r = pod_json_add(json, text, (size_t)n);
	}
	assert_int_equal(r, -E2BIG);
	assert_int_equal(pod_json_finish(json), -E2BIG);
	assert_int_equal(list.n, POD_LIST_MAX);
	pod_json_free(json);
	pod_list_release(&list);
}

static void test_corpus(void **state)
{
	(void)state;
	assert_int_equal(replay_folder(REPLAY_CORPUS("pod_json")), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_however_it_is_cut),
		cmocka_unit_test(test_truncated_everywhere),
		cmocka_unit_test(test_no_list),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_corpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
