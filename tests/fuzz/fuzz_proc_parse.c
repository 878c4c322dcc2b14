/*
 * Whatever /proc says, each of its parsers answers or refuses, reads nothing beyond the end, and
 * hands out only what lies within what it was given. The first byte chooses the parser.
 *
 * Built and run as fuzz_wire.c.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collector/proc/proc_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int holds)
{
	if (!holds)
		abort();
}

static void lies_within(const char *data, size_t size, const char *part, size_t part_size)
{
	must(part >= data && part_size <= size && part <= data + size - part_size);
}

static void parse_net_devices(const char *data, size_t size)
{
	struct proc_net_device device;
	const char *at = data, *end = data + size, *before;
	int r;

	do {
		before = at;
		r = proc_parse_net_device(&at, end, &device);
		must(at >= before && at <= end && (r == -ENODATA || at > before));
		if (r < 0)
			continue;
		must(device.name_size > 0 && device.name_size <= PROC_NET_NAME_MAX);
		lies_within(data, size, device.name, device.name_size);
	} while (r != -ENODATA);
}

static void parse_texts(unsigned choice, const char *data, size_t size)
{
	struct proc_stat stat;
	const char *part;
	size_t part_size;

	switch (choice) {
	case 0:
		(void)proc_parse_stat(data, size, &stat);
		break;
	case 1:
		if (proc_parse_environ(data, size, "JUPYTERHUB_USER", &part, &part_size) == 0)
			lies_within(data, size, part, part_size);
		break;
	default:
		if (proc_parse_cgroup(data, size, &part, &part_size) == 0)
			lies_within(data, size, part, part_size);
		break;
	}
}

static void parse_figures(unsigned choice, const char *data, size_t size)
{
	struct proc_node_stat node_stat;
	uint64_t first, second;
	uint32_t small;
	uint8_t id[16];

	switch (choice) {
	case 3:
		(void)proc_parse_pss(data, size, &first);
		break;
	case 4:
		(void)proc_parse_statm(data, size, &first);
		break;
	case 5:
		(void)proc_parse_uid(data, size, &small);
		break;
	case 6:
		(void)proc_parse_capabilities(data, size, &first);
		break;
	case 7:
		(void)proc_parse_node_stat(data, size, &node_stat);
		break;
	case 8:
		(void)proc_parse_meminfo(data, size, &first, &second);
		break;
	case 9:
		(void)proc_parse_cores(data, size, &first);
		break;
	case 10:
		(void)proc_parse_u64(data, size, &first);
		break;
	case 11:
		parse_net_devices(data, size);
		break;
	default:
		(void)proc_parse_boot_id(data, size, id);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;
	unsigned choice;

	if (!size)
		return 0;
	choice = data[0] % 13;
	/* Exactly as large, so that the sanitizer sees a byte too many. */
	text = malloc(size - 1 ? size - 1 : 1);
	must(text != NULL);
	memcpy(text, data + 1, size - 1);
	if (choice < 3)
		parse_texts(choice, text, size - 1);
	else
		parse_figures(choice, text, size - 1);
	free(text);
	return 0;
}
