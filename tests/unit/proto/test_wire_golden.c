/*
 * Messages as released versions sent them (tests/golden/vN-*.bin) decode to what stands beside
 * them as text, for ever.
 */
#include "proto/wire.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hubmeter/cleanup.h"
#include "tests/support/show_batch.h"

#define GOLDEN_DIR TEST_SOURCE_DIR "/tests/golden/"

static const struct hm_wire_limits limits = {
	.now_usec = 1788220800000000, .max_age_usec = INT64_MAX, .max_future_usec = INT64_MAX};

static char *read_golden(const char *name, const char *extension, size_t *ret_size)
{
	static char content[65536];
	char path[512];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s%s%s", GOLDEN_DIR, name, extension);
	file = fopen(path, "re");
	if (!file)
		fail_msg("cannot read \"%s\"", path);
	*ret_size = fread(content, 1, sizeof(content) - 1, file);
	content[*ret_size] = '\0';
	(void)fclose(file); /* only read from */
	return content;
}

/* @name without its extension. Decodes, shows and compares; encodes again when it was ours. */
static void check_golden(struct arena *arena, const char *name)
{
	hm_cleanup(hm_freep) char *shown = NULL;
	hm_cleanup(hm_freep) unsigned char *message = NULL;
	unsigned char again[65536];
	size_t size, again_size, shown_size, text_size;
	enum hm_reject reason = HM_REJECT_NONE;
	struct hm_batch batch;
	const char *text;
	FILE *out;

	message = memcpy(malloc(65536), read_golden(name, ".bin", &size), 65536);
	if (hm_wire_decode(arena, message, size, &limits, &batch, &reason) < 0)
		fail_msg("%s: refused: %s", name, hm_reject_name(reason));
	out = open_memstream(&shown, &shown_size);
	assert_non_null(out);
	show_batch(&batch, out);
	assert_int_equal(fclose(out), 0);
	text = read_golden(name, ".txt", &text_size);
	assert_string_equal(shown, text);

	assert_int_equal(hm_wire_encode(&batch, again, sizeof(again), &again_size), 0);
	if (strcmp(name, "v1-foreign") != 0) { /* that one has its fields in another order */
		assert_int_equal(again_size, size);
		assert_memory_equal(again, message, size);
	}
}

static void test_every_golden_message(void **state)
{
	DIR *dir = opendir(GOLDEN_DIR);
	struct dirent *entry;
	struct arena arena;
	size_t n = 0;

	(void)state;
	assert_non_null(dir);
	assert_int_equal(arena_init(&arena, 1 << 20), 0);
	while ((entry = readdir(dir)) != NULL) {
		char *extension = strrchr(entry->d_name, '.');

		if (!extension || strcmp(extension, ".bin") != 0)
			continue;
		*extension = '\0';
		check_golden(&arena, entry->d_name);
		arena_reset(&arena);
		n++;
	}
	closedir(dir);
	arena_release(&arena);
	assert_true(n >= 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_golden_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
