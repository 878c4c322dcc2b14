/*
 * Bytes that mean harm. Judged by the fuzzer's own oracle, which is why its source is taken in.
 * Under AddressSanitizer each input lies in a block of exactly its size, and what the arena did
 * not hand out is poisoned.
 */
#include "tests/fuzz/fuzz_wire.c"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support/random.h"

#define N_MUTATIONS	400000
#define MAX_SEEDS	16
#define MAX_MUTANT_SIZE 4096

struct input {
	uint8_t bytes[MAX_MUTANT_SIZE];
	size_t size;
};

static struct input seeds[MAX_SEEDS];
static size_t n_seeds;

static void judge(const struct input *input)
{
	uint8_t *exact = malloc(input->size ? input->size : 1);

	must(exact != NULL);
	memcpy(exact, input->bytes, input->size);
	LLVMFuzzerTestOneInput(exact, input->size);
	free(exact);
}

/* Every file of @dir_path whose name ends with @extension; returns their number. */
static size_t read_inputs(
	const char *dir_path, const char *extension, struct input *inputs, size_t capacity)
{
	DIR *dir = opendir(dir_path);
	struct dirent *entry;
	size_t n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		size_t length = strlen(entry->d_name);
		char path[512];
		FILE *file;

		if (entry->d_name[0] == '.' || length < strlen(extension) ||
			strcmp(entry->d_name + length - strlen(extension), extension) != 0)
			continue;
		assert_true(n < capacity);
		(void)snprintf(path, sizeof(path), "%s/%s", dir_path, entry->d_name);
		file = fopen(path, "re");
		assert_non_null(file);
		inputs[n].size = fread(inputs[n].bytes, 1, MAX_MUTANT_SIZE, file);
		(void)fclose(file); /* only read from */
		n++;
	}
	closedir(dir);
	return n;
}

static int read_seeds(void **state)
{
	(void)state;
	n_seeds = read_inputs(TEST_SOURCE_DIR "/tests/golden", ".bin", seeds, MAX_SEEDS);
	return n_seeds >= 3 ? 0 : -1;
}

static void test_every_truncation(void **state)
{
	struct input cut;
	size_t i;

	(void)state;
	for (i = 0; i < n_seeds; i++) {
		cut = seeds[i];
		for (cut.size = 0; cut.size <= seeds[i].size; cut.size++)
			judge(&cut);
	}
}

static void flip_bits(struct random_source *random, struct input *mutant)
{
	uint64_t n = 1 + random_below(random, 8);

	for (; n > 0 && mutant->size > 0; n--)
		mutant->bytes[random_below(random, mutant->size)] ^=
			(uint8_t)(1u << random_below(random, 8));
}

/* The head of the mutant, then the tail of another seed. */
static void splice(struct random_source *random, struct input *mutant)
{
	const struct input *other = &seeds[random_below(random, n_seeds)];
	size_t from = random_below(random, other->size + 1), tail = other->size - from;
	size_t head = random_below(random, mutant->size + 1);

	if (head + tail > MAX_MUTANT_SIZE)
		return;
	memcpy(mutant->bytes + head, other->bytes + from, tail);
	mutant->size = head + tail;
}

/* A byte that may be a length or a tag becomes a value that lengths and tags fail at. */
static void edit_byte(struct random_source *random, struct input *mutant)
{
	static const uint8_t values[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0x0a, 0x42, 0x82};

	if (mutant->size == 0)
		return;
	mutant->bytes[random_below(random, mutant->size)] =
		values[random_below(random, sizeof(values))];
}

/* Remove or double a run of bytes, so that the lengths around it are wrong. */
static void shift_run(struct random_source *random, struct input *mutant)
{
	size_t at = random_below(random, mutant->size + 1);
	size_t run = random_below(random, 20);

	if (run > mutant->size - at)
		run = mutant->size - at;
	if (random_below(random, 2)) {
		memmove(mutant->bytes + at, mutant->bytes + at + run, mutant->size - at - run);
		mutant->size -= run;
	} else if (mutant->size + run <= MAX_MUTANT_SIZE) {
		memmove(mutant->bytes + at + run, mutant->bytes + at, mutant->size - at);
		mutant->size += run;
	}
}

static void test_mutations(void **state)
{
	static void (*const mutate[])(struct random_source *, struct input *) = {
		flip_bits, splice, edit_byte, shift_run};
	struct random_source random = {20260901};
	static struct input mutant;
	size_t i, steps;

	(void)state;
	for (i = 0; i < N_MUTATIONS; i++) {
		const struct input *seed = &seeds[random_below(&random, n_seeds)];

		memcpy(mutant.bytes, seed->bytes, seed->size);
		mutant.size = seed->size;
		for (steps = 1 + random_below(&random, 3); steps > 0; steps--)
			mutate[random_below(&random, 4)](&random, &mutant);
		judge(&mutant);
	}
}

static void test_garbage(void **state)
{
	struct random_source random = {4711};
	static struct input garbage;
	size_t i, at;

	(void)state;
	for (i = 0; i < 10000; i++) {
		garbage.size = random_below(&random, 200);
		for (at = 0; at < garbage.size; at++)
			garbage.bytes[at] = (uint8_t)random_u64(&random);
		judge(&garbage);
	}
}

static void test_past_crashes(void **state)
{
	static struct input crashes[256];
	size_t n = read_inputs(TEST_SOURCE_DIR "/tests/fuzz/crashes/wire", "", crashes, 256), i;

	(void)state;
	for (i = 0; i < n; i++)
		judge(&crashes[i]);
	assert_true(n > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_past_crashes),
	};

	return cmocka_run_group_tests(tests, read_seeds, NULL);
}
