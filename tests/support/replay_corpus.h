/*
 * What a fuzz target was given to begin with, and every crash that it found, by whatever compiler:
 * each input as it is, and with bytes changed by a seeded generator. Included behind the target's
 * source, whose entry point it calls; libFuzzer has a main() of its own.
 */
#ifndef TESTS_SUPPORT_REPLAY_CORPUS_H
#define TESTS_SUPPORT_REPLAY_CORPUS_H

#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/support/random.h"

#define REPLAY_INPUT_MAX    4096
#define REPLAY_VARIATIONS   200
#define REPLAY_CORPUS(name) TEST_SOURCE_DIR "/tests/fuzz/corpus/" name

static inline void replay_input(struct random_source *random, const char *path)
{
	unsigned char data[REPLAY_INPUT_MAX];
	FILE *file = fopen(path, "rb");
	size_t size = file ? fread(data, 1, sizeof(data), file) : 0;

	if (file)
		(void)fclose(file);		  /* nothing was written */
	(void)LLVMFuzzerTestOneInput(data, size); /* it aborts, or all is well */
	for (int i = 0; i < REPLAY_VARIATIONS && size > 0; i++) {
		size_t at = random_below(random, size);
		unsigned char byte = data[at];

		data[at] = (unsigned char)random_u64(random);
		(void)LLVMFuzzerTestOneInput(data, size);
		data[at] = byte;
	}
}

/* How many inputs there were in @folder; a missing one has none. */
static inline size_t replay_folder(const char *folder)
{
	struct random_source random = {20260905};
	DIR *directory = opendir(folder);
	struct dirent *entry;
	char path[4096];
	size_t count = 0;

	while (directory && (entry = readdir(directory))) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name); /* fits */
		replay_input(&random, path);
		count++;
	}
	if (directory)
		(void)closedir(directory); /* nothing was written */
	return count;
}

#endif
