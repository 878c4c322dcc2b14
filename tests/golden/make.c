/*
 * Prints the golden messages of version 1, for a new one to be added or an old one to be
 * understood. It writes nothing by itself: a golden file that a release has shipped stays.
 *
 *	golden-make classroom > tests/golden/v1-classroom.bin
 *	golden-make --text classroom > tests/golden/v1-classroom.txt
 *
 * v1-foreign.bin comes from elsewhere, so that not all of them share our encoder:
 *
 *	protoc --encode=hubmeter.v1.UsageBatch proto/hubmeter/v1/usage.proto \
 *		< tests/golden/v1-foreign.textproto > tests/golden/v1-foreign.bin
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/wire.h"
#include "tests/support/show_batch.h"

static struct hm_batch batch_of_nobody(void)
{
	return (struct hm_batch){
		.hub = "physics",
		.node = "node-1",
		.stream = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
		.sequence = 1,
		.boot_id = {0xf0, 0xe1, 0xd2, 0xc3, 0xb4, 0xa5, 0x96, 0x87, 0x78, 0x69, 0x5a, 0x4b,
			0x3c, 0x2d, 0x1e, 0x0f},
		.window_start_usec = 1788220800000000,
		.window_end_usec = 1788220860000000,
	};
}

static struct hm_batch empty_node(void)
{
	static const char *const strings[] = {"", "standard"};
	struct hm_batch b = batch_of_nobody();

	b.n_strings = 2;
	b.strings = strings;
	b.node_row = (struct hm_node_row){
		.resource_class = 1,
		.coverage_msec = 60000,
		.capacity = {240000000, 983040, 0},
		.used = {1234567, 4242, 0},
		.system = {1234567, 4242, 0},
	};
	return b;
}

/* Three servers: one with everything, one whose user is not known yet, one that ended. */
static struct hm_batch classroom(void)
{
	static const char *const strings[] = {"", "gpu-large", "boot/4711/1000",
		"\xe5\xae\x89\xe8\x97\xa4", "lab", "course-101", "boot/4800/1001", "boot/4900/1002",
		"zo\xc3\xab"};
	static const uint32_t kind[] = {1, 2, 3}, workload[] = {2, 6, 7}, user[] = {3, 0, 8};
	static const uint32_t server[] = {4, 0, 0}, tag[] = {5, 0, 5}, class[] = {1, 1, 1};
	static const uint32_t flags[] = {0, HM_FLAG_GAP | HM_FLAG_ESTIMATED, HM_FLAG_FINAL};
	static const uint64_t start_offset[] = {0, 0, 10000000}, end_offset[] = {0, 0, 29999999};
	static const uint64_t quantity[HM_QUANTITY_COUNT][3] = {{30000000, 5, 1000001},
		{60000000, 0, 0}, {60000000, 5, 1000001}, {61440, 128, 3}, {30720, 0, 0},
		{71680, 128, 3}, {59999, 0, 0}, {60000, 0, 0}, {60000, 0, 0}, {0, 0, 6144000},
		{1, 1099511627776, 0}, {127, 128, 16384}, {60000, 60000, 20000}};
	struct hm_batch b = batch_of_nobody();
	size_t i;

	b.sequence = 4611686018427387904;
	b.n_strings = sizeof(strings) / sizeof(strings[0]);
	b.strings = strings;
	b.n_rows = 3;
	b.kind = kind;
	b.workload = workload;
	b.user = user;
	b.server = server;
	b.tag = tag;
	b.resource_class = class;
	b.flags = flags;
	b.start_offset_usec = start_offset;
	b.end_offset_usec = end_offset;
	for (i = 0; i < HM_QUANTITY_COUNT; i++)
		b.quantity[i] = quantity[i];
	b.node_row = (struct hm_node_row){
		.resource_class = 1,
		.coverage_msec = 59990,
		.capacity = {3840000000, 15728640, 480000},
		.used = {31000006 + 77, 61571 + 4096, 59999},
		.system = {77, 4096, 0},
	};
	return b;
}

/* A node whose counter started over, as collectors say it that also say what the kernel measured.
 */
static struct hm_batch measured_node(void)
{
	struct hm_batch b = empty_node();

	b.node_row.measured = (struct hm_node_measured){
		.is_measured = 1,
		.flags = HM_FLAG_RESET,
		.cpu_usec = 1200000,
		.cpu_steal_usec = 310000,
		.memory_mib_sec = 4250,
	};
	return b;
}

/* The kernel did measure, and found nothing. */
static struct hm_batch measured_nothing(void)
{
	struct hm_batch b = empty_node();

	memset(b.node_row.used, 0, sizeof(b.node_row.used));
	memset(b.node_row.system, 0, sizeof(b.node_row.system));
	b.node_row.measured.is_measured = 1;
	return b;
}

/* Two jobs of 2019 as a cluster's accounting knows them, one of them over the whole day. */
static struct hm_batch imported(void)
{
	static const char *const strings[] = {
		"", "standard", "cluster/4711", "ada", "course-101", "cluster/4712", "ben"};
	static const uint32_t kind[] = {HM_WORKLOAD_KIND_JOB, HM_WORKLOAD_KIND_JOB};
	static const uint32_t workload[] = {2, 5}, user[] = {3, 6}, server[] = {0, 0},
			      tag[] = {4, 0};
	static const uint32_t class[] = {1, 1}, flags[] = {HM_FLAG_IMPORTED, HM_FLAG_IMPORTED};
	static const uint64_t start_offset[] = {0, 3600000000}, end_offset[] = {0, 1};
	static const uint64_t quantity[HM_QUANTITY_COUNT][2] = {{86400000000, 1}, {172800000000, 0},
		{172800000000, 1}, {1024, 7}, {0, 9}, {1024, 9}, {0, 0}, {0, 0}, {0, 0}, {0, 0},
		{0, 5}, {6, 0}, {86400000, 82799999}};
	struct hm_batch b = batch_of_nobody();
	size_t i;

	memset(b.boot_id, 0, sizeof(b.boot_id));
	b.window_start_usec = 1567296000000000;
	b.window_end_usec = 1567382400000000;
	b.n_strings = sizeof(strings) / sizeof(strings[0]);
	b.strings = strings;
	b.n_rows = 2;
	b.kind = kind;
	b.workload = workload;
	b.user = user;
	b.server = server;
	b.tag = tag;
	b.resource_class = class;
	b.flags = flags;
	b.start_offset_usec = start_offset;
	b.end_offset_usec = end_offset;
	for (i = 0; i < HM_QUANTITY_COUNT; i++)
		b.quantity[i] = quantity[i];
	b.node_row.resource_class = 1;
	b.node_row.used[HM_RESOURCE_CPU_USEC] = 86400000001;
	b.node_row.used[HM_RESOURCE_MEMORY_MIB_SEC] = 1031;
	return b;
}

static int print(const struct hm_batch *batch, int as_text)
{
	static unsigned char buffer[65536];
	size_t size;

	if (as_text) {
		show_batch(batch, stdout);
		return 0;
	}
	if (hm_wire_encode(batch, buffer, sizeof(buffer), &size) < 0)
		return 1;
	return fwrite(buffer, 1, size, stdout) == size ? 0 : 1;
}

int main(int argc, char **argv)
{
	int as_text = argc == 3 && strcmp(argv[1], "--text") == 0;
	const char *name = argc == 2 + as_text ? argv[argc - 1] : "";
	struct hm_batch batch;

	if (strcmp(name, "empty-node") == 0) {
		batch = empty_node();
	} else if (strcmp(name, "classroom") == 0) {
		batch = classroom();
	} else if (strcmp(name, "measured-node") == 0) {
		batch = measured_node();
	} else if (strcmp(name, "measured-nothing") == 0) {
		batch = measured_nothing();
	} else if (strcmp(name, "imported") == 0) {
		batch = imported();
	} else {
		fputs("usage: golden-make [--text] empty-node|classroom|measured-node|measured-nothing|imported\n",
			stderr);
		return 2;
	}
	return print(&batch, as_text);
}
