/* What is a container's cgroup, and what Docker's file says of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/docker/container.h"
#include "collector/source/docker/container_json.h"

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void check(const char *place, const char *name, bool expected)
{
	char id[CONTAINER_ID_SIZE + 1] = "";

	assert_int_equal(container_id(place, name, id), expected);
	assert_string_equal(id, expected ? ID : "");
}

static void test_names(void **state)
{
	(void)state;
	check("system.slice", "docker-" ID ".scope", true);
	check("docker", ID, true);
	check("machine.slice", "libpod-" ID ".scope", true);
	check("docker", ID "0", false);
	check("docker", "0123456789abcdef", false);
	check("docker", "../" ID, false);
	check("docker", "docker-" ID ".scope", false);
	check("system.slice", ID, false);
	check("system.slice", "docker-" ID ".service", false);
	check("system.slice", "docker-0123456789ABCDEF.scope", false);
	check("machine.slice", "libpod-conmon-" ID ".scope", false);
	check("", "docker-" ID ".scope", false);
	assert_true(container_is_place("docker"));
	assert_false(container_is_place("user.slice"));
}

/* In pieces of @step bytes. */
static int parse_by(const char *text, size_t step, struct buffer *environ)
{
	struct container_json *json = container_json_new(environ);
	size_t size = strlen(text);
	int r = 0;

	assert_non_null(json);
	buffer_clear(environ);
	for (size_t at = 0; at < size && r == 0; at += step)
		r = container_json_add(json, text + at, size - at < step ? size - at : step);
	if (r == 0)
		r = container_json_finish(json);
	container_json_free(json);
	return r;
}

static void expect(const char *text, int expected, const char *environ, size_t size)
{
	struct buffer buffer = BUFFER_INIT(CONTAINER_ENVIRON_MAX);

	for (size_t step = 1; step < 70; step += 7) {
		assert_int_equal(parse_by(text, step, &buffer), expected);
		if (expected < 0)
			continue;
		assert_int_equal(buffer.size, size);
		if (size > 0)
			assert_memory_equal(buffer.data, environ, size);
	}
	buffer_release(&buffer);
}

static void test_environment(void **state)
{
	(void)state;
	expect("{\"ID\":\"x\",\"Config\":{\"Hostname\":\"h\",\"Env\":[\"A=1\",\"B=\\u00e9\\n\"],"
	       "\"Cmd\":[\"C=3\"]},\"Name\":\"/n\"}",
		0, "A=1\0B=\xc3\xa9\n", 10);
	expect("{\"Config\":{\"Env\":null}}", 0, "", 0);
	expect("{}", 0, "", 0);
	/* others that are called so */
	expect("{\"Env\":[\"A=1\"],\"Other\":{\"Env\":[\"A=1\"],\"Config\":{\"Env\":[\"A=1\"]}}}",
		0, "", 0);
	expect("{\"Config\":[{\"Env\":[\"A=1\"]}]}", 0, "", 0);
	expect("{\"Config\":{\"Env\":{\"A\":\"A=1\"}}}", 0, "", 0);
	expect("{\"Config\":{\"Env\":[[\"A=1\"],{\"B\":\"B=2\"},\"C=3\"]}}", 0, "C=3", 4);
	expect("{\"Config\":{\"x\":{\"Env\":[\"A=1\"]},\"Env\":[\"B=2\"]}}", 0, "B=2", 4);
	expect("{\"Config\":{\"Env\":[\"A=1\\u0000JUPYTERHUB_USER=eve\",\"B=2\"]}}", 0, "B=2", 4);
	expect("{\"Config\":{\"Env\":7,\"x\":[\"A=1\"]}}", 0, "", 0);
	expect("{\"Config\":true,\"y\":{\"Env\":[\"A=1\"]}}", 0, "", 0);
}

static void test_what_is_no_such_file(void **state)
{
	(void)state;
	expect("", -EBADMSG, NULL, 0);
	expect("[]", -EBADMSG, NULL, 0);
	expect("[{\"Config\":{\"Env\":[\"A=1\"]}}]", -EBADMSG, NULL, 0);
	expect("7", -EBADMSG, NULL, 0);
	expect("{\"Config\":{\"Env\":[\"A=1\"", -EBADMSG, NULL, 0);
	expect("{\"Config\":}", -EBADMSG, NULL, 0);
}

static void test_sizes_are_bounded(void **state)
{
	struct buffer environ = BUFFER_INIT(CONTAINER_ENVIRON_MAX);
	struct container_json *json = container_json_new(&environ);
	static char piece[65536];
	int r = 0;
	size_t fed = 0;

	(void)state;
	assert_int_equal(container_json_add(json, "{\"Config\":{\"Env\":[\"", 19), 0);
	memset(piece, 'a', sizeof(piece));
	while (r == 0 && fed < 2 * CONTAINER_JSON_MAX) {
		r = container_json_add(json, piece, sizeof(piece));
		fed += sizeof(piece);
	}
	assert_int_equal(r, -E2BIG);
	assert_true(fed <= CONTAINER_JSON_MAX + sizeof(piece));
	container_json_free(json);
	json = container_json_new(&environ);
	assert_int_equal(container_json_add(json, "{\"Config\":{\"Env\":[", 18), 0);
	for (r = 0, fed = 0; r == 0 && fed < 40; fed++) {
		assert_int_equal(container_json_add(json, fed ? ",\"" : "\"", fed ? 2 : 1), 0);
		assert_int_equal(container_json_add(json, piece, sizeof(piece)), 0);
		r = container_json_add(json, "\"", 1);
	}
	assert_int_equal(r, -E2BIG);
	assert_true(environ.size <= CONTAINER_ENVIRON_MAX);
	container_json_free(json);
	buffer_release(&environ);
}

static void test_depth_is_bounded(void **state)
{
	char text[400];
	int n = 0;

	(void)state;
	for (int i = 0; i < 60; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "{\"a\":");
	for (int i = 0; i < 10; i++)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "[");
	expect(text, -EBADMSG, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_environment),
		cmocka_unit_test(test_what_is_no_such_file),
		cmocka_unit_test(test_sizes_are_bounded),
		cmocka_unit_test(test_depth_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
