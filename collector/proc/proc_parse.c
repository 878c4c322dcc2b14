/*
 * A process may call itself ") S 1 1" and an environment may hold anything, so these parsers
 * trust no delimiter that a user can write.
 */
#include "collector/proc/proc_parse.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "common/hex.h"

#define PF_KTHREAD	0x00200000u /* the kernel's sched.h: visible to everybody in field 9 */
#define STAT_FIELDS_MAX 52	    /* fields 3 .. 52 of proc(5) follow the name */

/* Digits at *@at; moves behind them. */
static int take_u64(const char **at, const char *end, uint64_t *ret)
{
	const char *p = *at;
	uint64_t value = 0;

	for (; p < end && isdigit((unsigned char)*p); p++) {
		unsigned int digit = (unsigned int)(*p - '0');

		if (value > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		value = value * 10 + digit;
	}
	if (p == *at)
		return -EBADMSG;
	*at = p;
	*ret = value;
	return 0;
}

static void skip_blanks(const char **at, const char *end)
{
	while (*at < end && (**at == ' ' || **at == '\t'))
		(*at)++;
}

/* A field of stat; negative ones (priority, tpgid) are not ours and read as 0. */
static int take_field(const char **at, const char *end, uint64_t *ret)
{
	bool negative = false;
	int r;

	skip_blanks(at, end);
	if (*at < end && **at == '-') {
		negative = true;
		(*at)++;
	}
	r = take_u64(at, end, ret);
	if (r == 0 && negative)
		*ret = 0;
	return r == -ERANGE ? -EBADMSG : r;
}

static int add_ticks(uint64_t a, uint64_t b, uint64_t *ret)
{
	return __builtin_add_overflow(a, b, ret) ? -EBADMSG : 0;
}

static int stat_from_fields(const uint64_t *field, struct proc_stat *stat)
{
	if (field[4] > INT32_MAX)
		return -EBADMSG;
	stat->parent = (int32_t)field[4];
	stat->threads = field[20];
	stat->start_ticks = field[22];
	stat->env_start = field[50];
	stat->is_kernel_thread = (field[9] & PF_KTHREAD) != 0;
	if (add_ticks(field[14], field[15], &stat->self_ticks) < 0)
		return -EBADMSG;
	return add_ticks(field[16], field[17], &stat->children_ticks);
}

int proc_parse_stat(const char *data, size_t size, struct proc_stat *ret)
{
	struct proc_stat stat = {0};
	uint64_t field[STAT_FIELDS_MAX + 1] = {0};
	const char *end = data + size;
	const char *at = data;
	const char *name_end = memrchr(data, ')', size);
	uint64_t pid;
	int i;

	if (!name_end || take_u64(&at, end, &pid) < 0 || pid > INT32_MAX)
		return -EBADMSG;
	stat.pid = (int32_t)pid;
	at = name_end + 1;
	skip_blanks(&at, end);
	if (at >= end || !isalpha((unsigned char)*at))
		return -EBADMSG;
	stat.state = *at++;
	for (i = 4; i <= STAT_FIELDS_MAX; i++)
		if (take_field(&at, end, &field[i]) < 0)
			break;
	/* Every kernel since 3.5 has 52; what is cut short behind the last digit we use is not
	 * to be told from a smaller number, so it is refused. */
	if (i <= STAT_FIELDS_MAX || stat_from_fields(field, &stat) < 0)
		return -EBADMSG;
	*ret = stat;
	return 0;
}

int proc_parse_environ(
	const char *data, size_t size, const char *name, const char **ret, size_t *ret_size)
{
	size_t name_size = strlen(name);
	const char *end = data + size;
	const char *at = data;

	while (at < end) {
		const char *nul = memchr(at, '\0', (size_t)(end - at));
		size_t length = (size_t)((nul ? nul : end) - at);

		if (length > name_size && memcmp(at, name, name_size) == 0 &&
			at[name_size] == '=') {
			*ret = at + name_size + 1;
			*ret_size = length - name_size - 1;
			return 0;
		}
		at += length + 1;
	}
	return -ENOENT;
}

/* The start of the line that begins with @key, behind the key. */
static const char *find_line(const char *data, size_t size, const char *key)
{
	size_t key_size = strlen(key);
	const char *end = data + size;

	while (data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));

		if (!newline) /* an unfinished line may be cut short inside its number */
			return NULL;
		if ((size_t)(newline - data) > key_size && memcmp(data, key, key_size) == 0)
			return data + key_size;
		data = newline + 1;
	}
	return NULL;
}

/* A line "Key:   123 kB", as bytes. */
static int parse_kib_line(const char *data, size_t size, const char *key, uint64_t *ret)
{
	const char *at = find_line(data, size, key);
	const char *end = data + size;
	uint64_t kib;

	if (!at)
		return -EBADMSG;
	skip_blanks(&at, end);
	if (take_u64(&at, end, &kib) < 0 || kib > UINT64_MAX / 1024)
		return -EBADMSG;
	if (end - at < 3 || memcmp(at, " kB", 3) != 0)
		return -EBADMSG;
	*ret = kib * 1024;
	return 0;
}

int proc_parse_pss(const char *data, size_t size, uint64_t *ret)
{
	return parse_kib_line(data, size, "Pss:", ret);
}

int proc_parse_statm(const char *data, size_t size, uint64_t *ret_pages)
{
	const char *at = data;
	const char *end = data + size;
	uint64_t value;

	/* the second: size resident ... */
	for (int i = 0; i < 2; i++) {
		if (take_field(&at, end, &value) < 0)
			return -EBADMSG;
	}
	if (at >= end || *at != ' ')
		return -EBADMSG;
	*ret_pages = value;
	return 0;
}

int proc_parse_uid(const char *data, size_t size, uint32_t *ret)
{
	const char *at = find_line(data, size, "Uid:");
	uint64_t uid;

	if (!at)
		return -EBADMSG;
	skip_blanks(&at, data + size);
	if (take_u64(&at, data + size, &uid) < 0 || uid > UINT32_MAX)
		return -EBADMSG;
	*ret = (uint32_t)uid;
	return 0;
}

int proc_parse_capabilities(const char *data, size_t size, uint64_t *ret)
{
	const char *at = find_line(data, size, "CapEff:");
	uint64_t value = 0;
	int digits = 0;

	if (!at)
		return -EBADMSG;
	skip_blanks(&at, data + size);
	for (; *at != '\n'; at++) {
		int digit = hex_value(*at);

		if (digit < 0 || ++digits > 16)
			return -EBADMSG;
		value = value << 4 | (uint64_t)digit;
	}
	if (digits == 0)
		return -EBADMSG;
	*ret = value;
	return 0;
}

int proc_parse_cgroup(const char *data, size_t size, const char **ret, size_t *ret_size)
{
	const char *at = find_line(data, size, "0::");
	const char *newline = at ? memchr(at, '\n', (size_t)(data + size - at)) : NULL;

	if (!newline || *at != '/' || memchr(at, '\0', (size_t)(newline - at)))
		return -EBADMSG;
	*ret = at;
	*ret_size = (size_t)(newline - at);
	return 0;
}

/* Whether the names from @at to @end, divided by commas, have @name among them. */
static bool has_name(const char *at, const char *end, const char *name)
{
	size_t size = strlen(name);

	while (at < end) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const char *stop = comma ? comma : end;

		if ((size_t)(stop - at) == size && memcmp(at, name, size) == 0)
			return true;
		at = stop + 1;
	}
	return false;
}

int proc_parse_cgroup_v1(
	const char *data, size_t size, const char *controller, const char **ret, size_t *ret_size)
{
	const char *end = data + size;

	while (data < end) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));
		const char *names = newline ? memchr(data, ':', (size_t)(newline - data)) : NULL;
		const char *path =
			names ? memchr(names + 1, ':', (size_t)(newline - names - 1)) : NULL;

		if (!path)
			return -EBADMSG;
		if (has_name(names + 1, path, controller) && path[1] == '/' &&
			!memchr(path, '\0', (size_t)(newline - path))) {
			*ret = path + 1;
			*ret_size = (size_t)(newline - path - 1);
			return 0;
		}
		data = newline + 1;
	}
	return -EBADMSG;
}

static uint32_t count_cores(const char *data, size_t size)
{
	const char *end = data + size;
	uint32_t cores = 0;

	while (end - data > 4) {
		const char *newline = memchr(data, '\n', (size_t)(end - data));

		if (memcmp(data, "cpu", 3) == 0 && isdigit((unsigned char)data[3]))
			cores++;
		if (!newline)
			break;
		data = newline + 1;
	}
	return cores;
}

/*
 * cpu  user nice system idle iowait irq softirq steal guest guest_nice
 *
 * The kernel adds a guest's time to user and guest alike, so guest is never added here.
 */
int proc_parse_node_stat(const char *data, size_t size, struct proc_node_stat *ret)
{
	enum { IDLE = 3, IOWAIT = 4, STEAL = 7 };
	const char *at = find_line(data, size, "cpu ");
	struct proc_node_stat stat = {.cores = count_cores(data, size)};
	uint64_t field;

	if (!at || stat.cores == 0)
		return -EBADMSG;
	for (int i = 0; i < STEAL; i++) {
		if (take_field(&at, data + size, &field) < 0)
			return -EBADMSG;
		if (i != IDLE && i != IOWAIT &&
			add_ticks(stat.busy_ticks, field, &stat.busy_ticks) < 0)
			return -EBADMSG;
	}
	if (take_field(&at, data + size, &field) == 0)
		stat.steal_ticks = field;
	*ret = stat;
	return 0;
}

int proc_parse_meminfo(const char *data, size_t size, uint64_t *ret_total, uint64_t *ret_available)
{
	uint64_t total, available;

	if (parse_kib_line(data, size, "MemTotal:", &total) < 0 ||
		parse_kib_line(data, size, "MemAvailable:", &available) < 0)
		return -EBADMSG;
	*ret_total = total;
	*ret_available = available < total ? available : total;
	return 0;
}

/* "  eth0: rx_bytes packets errs drop fifo frame compressed multicast tx_bytes ..." */
static int parse_net_line(const char *at, const char *end, struct proc_net_device *ret)
{
	enum { TX_BYTES = 8 };
	const char *colon = memchr(at, ':', (size_t)(end - at));
	struct proc_net_device device = {0};
	uint64_t field;

	if (!colon)
		return -EBADMSG;
	skip_blanks(&at, colon);
	device.name = at;
	device.name_size = (size_t)(colon - at);
	if (device.name_size == 0 || device.name_size > PROC_NET_NAME_MAX ||
		memchr(at, '\0', device.name_size))
		return -EBADMSG;
	at = colon + 1;
	for (int i = 0; i <= TX_BYTES; i++) {
		skip_blanks(&at, end);
		if (take_u64(&at, end, &field) < 0)
			return -EBADMSG;
		if (i == 0)
			device.rx_bytes = field;
	}
	device.tx_bytes = field;
	*ret = device;
	return 0;
}

/* Two lines of headings are divided by bars. */
int proc_parse_net_device(const char **at, const char *end, struct proc_net_device *ret)
{
	while (*at < end) {
		const char *line = *at;
		const char *newline = memchr(line, '\n', (size_t)(end - line));

		if (!newline)
			break;
		*at = newline + 1;
		if (!memchr(line, '|', (size_t)(newline - line)))
			return parse_net_line(line, newline, ret);
	}
	return -ENODATA;
}

int proc_parse_u64(const char *text, size_t size, uint64_t *ret)
{
	const char *at = text;
	uint64_t value;
	int r = take_u64(&at, text + size, &value);

	if (r < 0)
		return r;
	if (at != text + size)
		return -EBADMSG;
	*ret = value;
	return 0;
}

int proc_parse_cores(const char *text, size_t size, uint64_t *ret_microcores)
{
	const char *end = text + size;
	const char *at = text;
	uint64_t whole = 0, value;
	uint32_t unit = 1000000;
	int r = 0;

	if (at < end && *at != '.')
		r = take_u64(&at, end, &whole);
	if (r < 0)
		return r;
	if (__builtin_mul_overflow(whole, (uint64_t)unit, &value))
		return -ERANGE;
	if (at == end)
		return size ? (*ret_microcores = value, 0) : -EBADMSG;
	if (*at++ != '.' || size == 1)
		return -EBADMSG;
	for (; at < end; at++) {
		if (!isdigit((unsigned char)*at))
			return -EBADMSG;
		unit /= 10;
		if (__builtin_add_overflow(value, (uint64_t)(*at - '0') * unit, &value))
			return -ERANGE;
	}
	*ret_microcores = value;
	return 0;
}

int proc_parse_boot_id(const char *text, size_t size, uint8_t ret[16])
{
	uint8_t id[16] = {0};
	size_t n = 0;

	if (size < 36)
		return -EBADMSG;
	for (size_t i = 0; i < 36; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		int digit = hex_value(text[i]);

		if (dash != (text[i] == '-') || (!dash && digit < 0))
			return -EBADMSG;
		if (dash)
			continue;
		id[n / 2] = (uint8_t)(id[n / 2] << 4 | digit);
		n++;
	}
	memcpy(ret, id, sizeof(id));
	return 0;
}
