#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/proc/proc_parse.h"

#define STAT_TAIL                                                                                  \
	" S 7 42 42 0 -1 4194560 44982 570870 0 621 100 3 1068 719 10 -10 13 0 24 50384896 4498 "  \
	"18446744073709551615 1 1 0 0 0 0 0 4096 1256 0 0 0 17 1 0 0 5 0 0 11 12 13 14 15 "        \
	"94055328317440 140737240895467 0\n"

static int parse(const char *text, struct proc_stat *ret)
{
	return proc_parse_stat(text, strlen(text), ret);
}

static void test_stat_reads_what_is_used(void **state)
{
	struct proc_stat stat;

	(void)state;
	assert_int_equal(parse("42 (python)" STAT_TAIL, &stat), 0);
	assert_int_equal(stat.pid, 42);
	assert_int_equal(stat.parent, 7);
	assert_int_equal(stat.state, 'S');
	assert_int_equal(stat.self_ticks, 103);
	assert_int_equal(stat.children_ticks, 1787);
	assert_int_equal(stat.threads, 13);
	assert_int_equal(stat.start_ticks, 24);
	assert_true(stat.env_start == 94055328317440u);
}

static void test_stat_does_not_trust_the_name(void **state)
{
	static const char *const names[] = {"(a) Z 1 1 1)", "() S 1)", "(((", "a b c)", ") R 9 (",
		"\n) S 3 3", "", ")))", "0 0 0 0 0"};
	char text[512];
	struct proc_stat stat;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(text, sizeof(text), "42 (%s)" STAT_TAIL, names[i]);
		assert_int_equal(parse(text, &stat), 0);
		assert_int_equal(stat.parent, 7);
		assert_int_equal(stat.start_ticks, 24);
	}
}

/* Every truncation is refused; read from a block of exactly that size, so ASan sees overruns. */
static void test_stat_cut_short(void **state)
{
	const char *text = "42 (py thon)" STAT_TAIL;
	size_t needed = strlen(text) - 1; /* the newline may be missing */
	struct proc_stat stat;

	(void)state;
	for (size_t size = 0; size < needed - 1; size++) {
		char *block = malloc(size + 1);

		memcpy(block, text, size);
		assert_int_equal(proc_parse_stat(size ? block : "", size, &stat), -EBADMSG);
		free(block);
	}
	assert_int_equal(proc_parse_stat(text, needed, &stat), 0);
}

static void test_stat_refuses_huge_numbers(void **state)
{
	struct proc_stat stat;
	char text[512];

	(void)state;
	assert_int_equal(parse("99999999999 (x)" STAT_TAIL, &stat), -EBADMSG);
	assert_int_equal(parse("x (x)" STAT_TAIL, &stat), -EBADMSG);
	assert_int_equal(parse("1 (x) 5" STAT_TAIL, &stat), -EBADMSG);
	snprintf(text, sizeof(text), "1 (x) S 1 1 1 0 0 0 0 0 0 0 18446744073709551615 1%s",
		strchr(strstr(STAT_TAIL, "719"), ' '));
	assert_int_equal(parse(text, &stat), -EBADMSG); /* utime + stime overflows */
	snprintf(text, sizeof(text), "1 (x) S 18446744073709551616%s", strstr(STAT_TAIL, " 42 42"));
	assert_int_equal(parse(text, &stat), -EBADMSG);
}

static void test_environ(void **state)
{
	static const char data[] = "PATH=/bin\0JUPYTERHUB_USERNAME=no\0XJUPYTERHUB_USER=no\0"
				   "JUPYTERHUB_USER=o|neil+x@example.org\0EMPTY=\0=odd\0junk\0\0"
				   "LAST=cut";
	const char *value;
	size_t size;

	(void)state;
	assert_int_equal(
		proc_parse_environ(data, sizeof(data) - 1, "JUPYTERHUB_USER", &value, &size), 0);
	assert_int_equal(size, strlen("o|neil+x@example.org"));
	assert_memory_equal(value, "o|neil+x@example.org", size);
	assert_int_equal(proc_parse_environ(data, sizeof(data) - 1, "EMPTY", &value, &size), 0);
	assert_int_equal(size, 0);
	assert_int_equal(proc_parse_environ(data, sizeof(data) - 1, "LAST", &value, &size), 0);
	assert_int_equal(size, 3);
	assert_int_equal(
		proc_parse_environ(data, sizeof(data) - 1, "NONE", &value, &size), -ENOENT);
	assert_int_equal(proc_parse_environ("", 0, "NONE", &value, &size), -ENOENT);
}

static void test_memory_files(void **state)
{
	static const char rollup[] = "5602-7ffe ---p 00000000 00:00 0 [rollup]\n"
				     "Rss:                1772 kB\nPss:                 362 kB\n"
				     "Pss_Dirty:           112 kB\n";
	static const char meminfo[] = "MemTotal:  1000 kB\nMemFree: 1 kB\nMemAvailable: 400 kB\n";
	uint64_t a, b;
	uint32_t uid;

	(void)state;
	assert_int_equal(proc_parse_pss(rollup, strlen(rollup), &a), 0);
	assert_int_equal(a, 362 * 1024);
	assert_int_equal(proc_parse_pss(rollup, 60, &a), -EBADMSG);
	assert_int_equal(proc_parse_pss("Pss: 18446744073709551615 kB\n", 29, &a), -EBADMSG);
	assert_int_equal(proc_parse_pss("Pss: 12 MB\n", 11, &a), -EBADMSG);
	assert_int_equal(proc_parse_statm("100 25 3 1 0 9 0\n", 17, &a), 0);
	assert_int_equal(a, 25);
	assert_int_equal(proc_parse_statm("100 25", 6, &a), -EBADMSG);
	assert_int_equal(proc_parse_meminfo(meminfo, strlen(meminfo), &a, &b), 0);
	assert_int_equal(a, 1024000);
	assert_int_equal(b, 409600);
	assert_int_equal(proc_parse_meminfo(meminfo, 20, &a, &b), -EBADMSG);
	assert_int_equal(proc_parse_uid("Name:\tUid: 7\nUid:\t1000\t1\t1\t1\n", 30, &uid), 0);
	assert_int_equal(uid, 1000);
}

static void test_capabilities(void **state)
{
	static const char *const bad[] = {"", "CapEff:\n", "CapEff:\t00", "CapEff:\t0g\n",
		"CapEff:\t10000000000000000\n", "xCapEff:\t0\n"};
	uint64_t value;

	(void)state;
	assert_int_equal(
		proc_parse_capabilities("CapPrm:\t1\nCapEff:\t000001ffffffffff\n", 36, &value), 0);
	assert_int_equal(value, 0x1ffffffffff);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(proc_parse_capabilities(bad[i], strlen(bad[i]), &value), -EBADMSG);
}

static void test_node_stat(void **state)
{
	static const char text[] = "cpu  10 20 30 4000 500 6 7 80 9 1\ncpu0 5 1 1 1 1 1 1 1 1 1\n"
				   "cpu1 5 1 1 1 1 1 1 1 1 1\nintr 5\n";
	struct proc_node_stat stat;

	(void)state;
	assert_int_equal(proc_parse_node_stat(text, strlen(text), &stat), 0);
	assert_int_equal(stat.busy_ticks, 10 + 20 + 30 + 6 + 7);
	assert_int_equal(stat.steal_ticks, 80);
	assert_int_equal(stat.cores, 2);
	assert_int_equal(proc_parse_node_stat(text, 20, &stat), -EBADMSG);
	assert_int_equal(proc_parse_node_stat("", 0, &stat), -EBADMSG);
}

/* What a virtual machine on this node used is in user, or nice, and counts there alone. */
static void test_guests_of_the_node(void **state)
{
	static const char without[] = "cpu  700 50 30 4000 500 6 7 80 0 0\ncpu0 1\n";
	static const char with[] = "cpu  700 50 30 4000 500 6 7 80 600 40\ncpu0 1\n";
	struct proc_node_stat a, b;

	(void)state;
	assert_int_equal(proc_parse_node_stat(without, strlen(without), &a), 0);
	assert_int_equal(proc_parse_node_stat(with, strlen(with), &b), 0);
	assert_int_equal(a.busy_ticks, 700 + 50 + 30 + 6 + 7);
	assert_int_equal(b.busy_ticks, a.busy_ticks);
	assert_int_equal(b.steal_ticks, 80);
}

/* Kernels before 2.6.11, and who imitates them. */
static void test_node_stat_without_steal(void **state)
{
	static const char text[] = "cpu  10 20 30 4000 500 6 7\ncpu0 5 1 1 1 1 1 1\n";
	struct proc_node_stat stat = {.steal_ticks = 5};

	(void)state;
	assert_int_equal(proc_parse_node_stat(text, strlen(text), &stat), 0);
	assert_int_equal(stat.busy_ticks, 73);
	assert_int_equal(stat.steal_ticks, 0);
	assert_int_equal(stat.cores, 1);
}

static void test_cores(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint64_t microcores;
	} cases[] = {
		{"0.5", 0, 500000},
		{"2", 0, 2000000},
		{"1.25", 0, 1250000},
		{".1", 0, 100000},
		{"0.1000000", 0, 100000},
		{"0.0000019", 0, 1},
		{"3.", 0, 3000000},
		{"0", 0, 0},
		{"", -EBADMSG, 0},
		{".", -EBADMSG, 0},
		{"-1", -EBADMSG, 0},
		{"1e3", -EBADMSG, 0},
		{"1.2.3", -EBADMSG, 0},
		{" 1", -EBADMSG, 0},
		{"None", -EBADMSG, 0},
		{"18446744073709551616", -ERANGE, 0},
		{"18446744073709.9", -ERANGE, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint64_t value = 0;

		assert_int_equal(
			proc_parse_cores(cases[i].text, strlen(cases[i].text), &value), cases[i].r);
		assert_int_equal(value, cases[i].microcores);
	}
}

static void test_boot_id(void **state)
{
	uint8_t id[16];

	(void)state;
	assert_int_equal(proc_parse_boot_id("00112233-4455-6677-8899-aabbccddeeff\n", 37, id), 0);
	assert_int_equal(id[0], 0x00);
	assert_int_equal(id[15], 0xff);
	assert_int_equal(id[10], 0xaa);
	assert_int_equal(
		proc_parse_boot_id("00112233-4455-6677-8899-aabbccddeef", 35, id), -EBADMSG);
	assert_int_equal(
		proc_parse_boot_id("00112233-4455-6677-8899-aabbccddeefg", 36, id), -EBADMSG);
	assert_int_equal(
		proc_parse_boot_id("001122334455-6677-8899-aabbccddeeff--", 36, id), -EBADMSG);
}

static void test_cgroup(void **state)
{
	static const char hybrid[] = "1:cpu:/x\n0::/a/b\n";
	const char *path;
	size_t size;

	(void)state;
	assert_int_equal(proc_parse_cgroup(hybrid, sizeof(hybrid) - 1, &path, &size), 0);
	assert_int_equal(size, 4);
	assert_memory_equal(path, "/a/b", 4);
	assert_int_equal(proc_parse_cgroup("0::/\n", 5, &path, &size), 0);
	assert_int_equal(size, 1);
	assert_int_equal(proc_parse_cgroup("0::/a", 5, &path, &size), -EBADMSG);
	assert_int_equal(proc_parse_cgroup("0::a\n", 5, &path, &size), -EBADMSG);
	assert_int_equal(proc_parse_cgroup("0::/a\0b\n", 8, &path, &size), -EBADMSG);
	assert_int_equal(proc_parse_cgroup("1:cpu:/x\n", 9, &path, &size), -EBADMSG);
}

static void test_cgroup_of_version_1(void **state)
{
	static const char legacy[] = "9:name=systemd:/s\n4:cpuset:/c\n3:cpu,cpuacct:/a/b\n0::/\n";
	const char *path;
	size_t size;

	(void)state;
	assert_int_equal(
		proc_parse_cgroup_v1(legacy, sizeof(legacy) - 1, "cpuacct", &path, &size), 0);
	assert_int_equal(size, 4);
	assert_memory_equal(path, "/a/b", 4);
	assert_int_equal(proc_parse_cgroup_v1(legacy, sizeof(legacy) - 1, "cpu", &path, &size), 0);
	assert_int_equal(
		proc_parse_cgroup_v1(legacy, sizeof(legacy) - 1, "acct", &path, &size), -EBADMSG);
	assert_int_equal(
		proc_parse_cgroup_v1("3:cpuacct:/a", 12, "cpuacct", &path, &size), -EBADMSG);
	assert_int_equal(
		proc_parse_cgroup_v1("3:cpuacct:a\n", 12, "cpuacct", &path, &size), -EBADMSG);
	assert_int_equal(
		proc_parse_cgroup_v1("3:cpuacct\n", 10, "cpuacct", &path, &size), -EBADMSG);
	assert_int_equal(
		proc_parse_cgroup_v1("3:cpuacct:/a\0b\n", 15, "cpuacct", &path, &size), -EBADMSG);
}

#define NET_HEADINGS                                                                               \
	"Inter-|   Receive                            |  Transmit\n"                               \
	" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets\n"

static void test_net_devices(void **state)
{
	static const char text[] = NET_HEADINGS
		"    lo: 2891321318 3139571    0    0    0     0          0         0 77 1 0 0 0 0 0 0\n"
		"  eth0:123 1 2 3 4 5 6 7 18446744073709551615 9 0 0 0 0 0 0\n"
		"abcdefghijklmno: 1 0 0 0 0 0 0 0 2\n"
		"  cut0: 1 0 0 0 0 0 0 0 3";
	const char *at = text, *end = text + sizeof(text) - 1;
	struct proc_net_device device;

	(void)state;
	assert_int_equal(proc_parse_net_device(&at, end, &device), 0);
	assert_int_equal(device.name_size, 2);
	assert_memory_equal(device.name, "lo", 2);
	assert_true(device.rx_bytes == 2891321318u && device.tx_bytes == 77);
	assert_int_equal(proc_parse_net_device(&at, end, &device), 0);
	assert_int_equal(device.name_size, 4);
	assert_memory_equal(device.name, "eth0", 4);
	assert_true(device.rx_bytes == 123 && device.tx_bytes == UINT64_MAX);
	assert_int_equal(proc_parse_net_device(&at, end, &device), 0);
	assert_int_equal(device.name_size, PROC_NET_NAME_MAX);
	assert_true(device.rx_bytes == 1 && device.tx_bytes == 2);
	assert_int_equal(proc_parse_net_device(&at, end, &device), -ENODATA);
}

/* Each is refused, and the line behind it is read. */
static void test_net_devices_of_others(void **state)
{
	static const char *const lines[] = {"", "eth0", "eth0 1 2 3 4 5 6 7 8 9",
		": 1 2 3 4 5 6 7 8 9", "  : 1 2 3 4 5 6 7 8 9",
		"abcdefghijklmnop: 1 2 3 4 5 6 7 8 9", "eth0: 1 2 3 4 5 6 7 8",
		"eth0: -1 2 3 4 5 6 7 8 9", "eth0: 18446744073709551616 2 3 4 5 6 7 8 9",
		"eth0: 1 2 3 4 5 6 7 8 x"};
	struct proc_net_device device;
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		int n = snprintf(text, sizeof(text), "%s\nx: 1 0 0 0 0 0 0 0 2\n", lines[i]);
		const char *at = text, *end = text + n;

		assert_int_equal(proc_parse_net_device(&at, end, &device), -EBADMSG);
		assert_int_equal(proc_parse_net_device(&at, end, &device), 0);
		assert_memory_equal(device.name, "x", 1);
		assert_int_equal(proc_parse_net_device(&at, end, &device), -ENODATA);
	}
	memcpy(text, "a\0b: 1 0 0 0 0 0 0 0 2\n", 24);
	assert_int_equal(
		proc_parse_net_device(&(const char *){text}, text + 24, &device), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cgroup),
		cmocka_unit_test(test_cgroup_of_version_1),
		cmocka_unit_test(test_stat_reads_what_is_used),
		cmocka_unit_test(test_stat_does_not_trust_the_name),
		cmocka_unit_test(test_stat_cut_short),
		cmocka_unit_test(test_stat_refuses_huge_numbers),
		cmocka_unit_test(test_environ),
		cmocka_unit_test(test_memory_files),
		cmocka_unit_test(test_capabilities),
		cmocka_unit_test(test_node_stat),
		cmocka_unit_test(test_guests_of_the_node),
		cmocka_unit_test(test_node_stat_without_steal),
		cmocka_unit_test(test_cores),
		cmocka_unit_test(test_boot_id),
		cmocka_unit_test(test_net_devices),
		cmocka_unit_test(test_net_devices_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
