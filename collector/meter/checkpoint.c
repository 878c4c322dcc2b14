/*
 * Writing goes through a sink that remembers the first failure, reading through a source that
 * does, so that the order of the fields can be read off two lists.
 */
#include "collector/meter/checkpoint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hubmeter/cleanup.h"

#define STATE_MAGIC   0x74734d48u /* "HMst" */
#define STATE_VERSION 1u

enum process_flag {
	PROCESS_FLAG_ZOMBIE = 1u << 0,
	PROCESS_FLAG_EXITED = 1u << 1,
	PROCESS_FLAG_ORPHAN = 1u << 2
};

struct writer {
	struct buffer *buffer;
	int error;
};

static void put_u32(struct writer *writer, uint32_t value)
{
	if (writer->error == 0)
		writer->error = buffer_append_u32(writer->buffer, value);
}

static void put_u64(struct writer *writer, uint64_t value)
{
	if (writer->error == 0)
		writer->error = buffer_append_u64(writer->buffer, value);
}

static void put_fine(struct writer *writer, fine_t value)
{
	put_u64(writer, (uint64_t)value);
	put_u64(writer, (uint64_t)(value >> 64));
}

static void put_text(struct writer *writer, const char *text)
{
	if (writer->error == 0)
		writer->error = buffer_append_sized(writer->buffer, text, strlen(text));
}

static void put_amount(struct writer *writer, const struct amount *amount)
{
	put_fine(writer, amount->over);
	put_fine(writer, amount->idle);
	put_fine(writer, amount->both);
}

struct reader {
	struct cursor cursor;
	int error;
};

static uint32_t get_u32(struct reader *reader)
{
	uint32_t value = 0;

	if (reader->error == 0)
		reader->error = cursor_u32(&reader->cursor, &value);
	return value;
}

static uint64_t get_u64(struct reader *reader)
{
	uint64_t value = 0;

	if (reader->error == 0)
		reader->error = cursor_u64(&reader->cursor, &value);
	return value;
}

/* A time or "-1: not yet". */
static int64_t get_time(struct reader *reader)
{
	int64_t value = (int64_t)get_u64(reader);

	if (reader->error == 0 && (value < -1 || value > INT64_MAX / 2))
		reader->error = -EBADMSG;
	return value;
}

static fine_t get_fine(struct reader *reader)
{
	uint64_t low = get_u64(reader);

	return (fine_t)get_u64(reader) << 64 | low;
}

/* NULL after an error. The caller frees. */
static char *get_text(struct reader *reader)
{
	const unsigned char *data;
	char *text;
	size_t size;

	if (reader->error == 0)
		reader->error = cursor_sized(&reader->cursor, &data, &size);
	if (reader->error == 0 && (size > HM_MAX_STRING_SIZE || memchr(data, '\0', size)))
		reader->error = -EBADMSG;
	if (reader->error < 0)
		return NULL;
	text = strndup((const char *)data, size);
	if (!text)
		reader->error = -ENOMEM;
	return text;
}

static struct amount get_amount(struct reader *reader)
{
	struct amount amount;

	amount.over = get_fine(reader);
	amount.idle = get_fine(reader);
	amount.both = get_fine(reader);
	return amount;
}

static bool is_out(const struct window *window, const struct workload *workload)
{
	return window->is_closed && workload->is_closed && workload->closed_final;
}

static void put_workload(
	struct writer *writer, const struct window *window, const struct workload *workload)
{
	struct amount cpu = workload->cpu, memory = workload->memory;
	uint64_t wall_usec = workload->wall_usec;
	bool is_closed = window->is_closed && workload->is_closed;

	if (is_closed) {
		amount_take(&cpu, &workload->closed_cpu, CPU_FINE_PER_USEC);
		amount_take(&memory, &workload->closed_memory, MEMORY_FINE_PER_MIB_SEC);
		wall_usec -= workload->closed_wall_msec * 1000;
	}
	put_u32(writer, (uint32_t)workload->pid);
	put_u64(writer, workload->start_ticks);
	put_u32(writer, workload->uid);
	put_u64(writer, workload->reserved_microcores);
	put_u64(writer, workload->reserved_bytes);
	put_u64(writer, (uint64_t)workload->start_usec);
	put_u64(writer, (uint64_t)workload->first_usec);
	put_u64(writer, (uint64_t)workload->server_end_usec);
	put_u64(writer, (uint64_t)workload->end_usec);
	put_amount(writer, &cpu);
	put_amount(writer, &memory);
	put_u64(writer, wall_usec);
	put_u32(writer, is_closed ? 0 : workload->flags);
	put_text(writer, workload->identity.user);
	put_text(writer, workload->identity.server);
	put_text(writer, workload->identity.tag);
	put_text(writer, workload->identity.api_url);
}

static struct workload *get_workload(
	struct reader *reader, struct window *window, const uint8_t boot_id[16])
{
	struct workload value = {0}, *workload = NULL;

	value.pid = (int32_t)get_u32(reader);
	value.start_ticks = get_u64(reader);
	value.uid = get_u32(reader);
	value.reserved_microcores = get_u64(reader);
	value.reserved_bytes = get_u64(reader);
	value.start_usec = get_time(reader);
	value.first_usec = get_time(reader);
	value.server_end_usec = get_time(reader);
	value.end_usec = get_time(reader);
	value.cpu = get_amount(reader);
	value.memory = get_amount(reader);
	value.wall_usec = get_u64(reader);
	value.flags = get_u32(reader) & HM_FLAGS_KNOWN;
	value.identity.user = get_text(reader);
	value.identity.server = get_text(reader);
	value.identity.tag = get_text(reader);
	value.identity.api_url = get_text(reader);
	if (reader->error == 0) {
		workload = window_add_workload(
			window, boot_id, value.pid, value.start_ticks, &value.identity);
		if (!workload)
			reader->error = -ENOMEM;
	}
	workload_identity_release(&value.identity);
	if (!workload)
		return NULL;
	value.next = workload->next;
	value.identity = workload->identity;
	memcpy(value.id, workload->id, sizeof(value.id));
	*workload = value;
	return workload;
}

static uint32_t process_flags(const struct process *process)
{
	return (process->is_zombie ? PROCESS_FLAG_ZOMBIE : 0u) |
	       (process->has_exited ? PROCESS_FLAG_EXITED : 0u) |
	       (process->is_orphan ? PROCESS_FLAG_ORPHAN : 0u);
}

static void put_process(
	struct writer *writer, const struct process *process, uint32_t workload_number)
{
	put_u32(writer, (uint32_t)process->pid);
	put_u32(writer, (uint32_t)process->parent);
	put_u64(writer, process->start_ticks);
	put_u64(writer, process->env_start);
	put_u64(writer, process->self_nsec);
	put_u64(writer, process->booked_nsec);
	put_u64(writer, process->children_nsec);
	put_u64(writer, process->attributed_nsec);
	put_u64(writer, process->rate_nsec);
	put_u32(writer, process_flags(process));
	put_u32(writer, workload_number);
}

static void get_process(struct reader *reader, struct process_table *table,
	struct workload *const *workloads, uint32_t n_workloads)
{
	int32_t pid = (int32_t)get_u32(reader), parent = (int32_t)get_u32(reader);
	uint64_t start_ticks = get_u64(reader);
	struct process *process = process_table_add(table, pid, start_ticks);
	uint32_t flags, number;

	if (!process) {
		reader->error = -ENOMEM;
		return;
	}
	process->parent = parent;
	process->env_start = get_u64(reader);
	process->self_nsec = get_u64(reader);
	process->booked_nsec = get_u64(reader);
	process->children_nsec = get_u64(reader);
	process->attributed_nsec = get_u64(reader);
	process->rate_nsec = get_u64(reader);
	flags = get_u32(reader);
	number = get_u32(reader);
	if (reader->error == 0 && (number > n_workloads || pid <= 0 || parent < 0))
		reader->error = -EBADMSG;
	if (reader->error < 0)
		return;
	process->is_zombie = flags & PROCESS_FLAG_ZOMBIE;
	process->has_exited = flags & PROCESS_FLAG_EXITED;
	process->is_orphan = flags & PROCESS_FLAG_ORPHAN;
	process->is_classified = true;
	process->workload = number ? workloads[number - 1] : NULL;
}

/* Mark the processes worth keeping; see the header. */
static void mark_kept(const struct process_table *table, bool *kept)
{
	bool *is_reaper = kept + table->count;

	for (size_t i = 0; i < table->count; i++) {
		size_t at = i;

		kept[i] = table->entry[i].workload != NULL;
		for (size_t depth = 0; kept[i] && depth < table->count; depth++) {
			at = process_table_find_parent(table, &table->entry[at]);
			if (at == PROCESS_NONE || is_reaper[at])
				break;
			is_reaper[at] = true;
		}
	}
	for (size_t i = 0; i < table->count; i++) {
		size_t parent = process_table_find_parent(table, &table->entry[i]);

		kept[i] |= is_reaper[i] || (parent != PROCESS_NONE && is_reaper[parent]);
	}
}

static uint32_t workload_number(const struct window *window, const struct workload *wanted)
{
	uint32_t number = 0;

	for (const struct workload *w = window->workloads; w && wanted; w = w->next) {
		number += !is_out(window, w);
		if (w == wanted)
			return number;
	}
	return 0;
}

static int put_processes(
	struct writer *writer, const struct window *window, const struct process_table *table)
{
	hm_cleanup(hm_freep) bool *kept = calloc(table->count + 1, 2 * sizeof(*kept));
	uint32_t n = 0;

	if (!kept)
		return -ENOMEM;
	mark_kept(table, kept);
	for (size_t i = 0; i < table->count; i++)
		n += kept[i];
	put_u32(writer, n);
	for (size_t i = 0; i < table->count; i++)
		if (kept[i])
			put_process(writer, &table->entry[i],
				workload_number(window, table->entry[i].workload));
	return 0;
}

static void put_node(struct writer *writer, const struct window *window)
{
	struct window_node node = window->node;

	if (window->is_closed) {
		node.cpu_usec -= window->closed_node.cpu_usec;
		node.memory -= window->closed_node.memory;
		node.cpu_deficit_usec = window->closed_deficit_usec;
	}
	put_u64(writer, node.cpu_usec);
	put_u64(writer, node.cpu_deficit_usec);
	put_fine(writer, node.memory);
	put_u64(writer, (uint64_t)(window->is_closed ? window->closed_end_boottime_usec
						     : window->start_boottime_usec));
	put_u64(writer, (uint64_t)(window->is_closed ? window->closed_end_realtime_usec
						     : window->start_realtime_usec));
}

static void get_node(struct reader *reader, struct window *window)
{
	window->node.cpu_usec = get_u64(reader);
	window->node.cpu_deficit_usec = get_u64(reader);
	window->node.memory = get_fine(reader);
	window->start_boottime_usec = get_time(reader);
	window->start_realtime_usec = get_time(reader);
	window->has_start = true;
}

static void put_moment(struct writer *writer, const struct meter_moment *moment)
{
	if (writer->error == 0)
		writer->error = buffer_append(writer->buffer, moment->boot_id, 16);
	put_u64(writer, (uint64_t)moment->boottime_usec);
	put_u64(writer, (uint64_t)moment->monotonic_usec);
	put_u64(writer, (uint64_t)moment->realtime_usec);
	put_u64(writer, moment->node.busy_usec);
	put_u32(writer, moment->node.cores);
	put_u64(writer, moment->node.memory_total_bytes);
	put_u64(writer, moment->node.memory_used_bytes);
}

static void get_moment(struct reader *reader, struct meter_moment *moment)
{
	const unsigned char *boot_id = NULL;

	if (reader->error == 0)
		reader->error = cursor_bytes(&reader->cursor, 16, &boot_id);
	if (reader->error < 0)
		return;
	memcpy(moment->boot_id, boot_id, 16);
	moment->boottime_usec = get_time(reader);
	moment->monotonic_usec = get_time(reader);
	moment->realtime_usec = get_time(reader);
	moment->node.busy_usec = get_u64(reader);
	moment->node.cores = get_u32(reader);
	moment->node.memory_total_bytes = get_u64(reader);
	moment->node.memory_used_bytes = get_u64(reader);
}

int meter_state_save(const struct window *window, const struct process_table *table,
	const struct meter_moment *moment, struct buffer *buffer)
{
	struct writer writer = {.buffer = buffer};
	size_t size = buffer->size;
	uint32_t n = 0;
	int r;

	put_u32(&writer, STATE_MAGIC);
	put_u32(&writer, STATE_VERSION);
	put_moment(&writer, moment);
	put_node(&writer, window);
	for (const struct workload *w = window->workloads; w; w = w->next)
		n += !is_out(window, w);
	put_u32(&writer, n);
	for (const struct workload *w = window->workloads; w; w = w->next)
		if (!is_out(window, w))
			put_workload(&writer, window, w);
	r = put_processes(&writer, window, table);
	if (writer.error < 0)
		r = writer.error;
	if (r < 0)
		buffer->size = size; /* half a state is none */
	return r;
}

static void get_workloads(struct reader *reader, struct window *window, struct process_table *table,
	const uint8_t boot_id[16])
{
	uint32_t n = get_u32(reader);
	size_t left = (size_t)(reader->cursor.end - reader->cursor.at);
	hm_cleanup(hm_freep) struct workload **workloads = NULL;
	uint32_t n_processes;

	if (reader->error == 0 && n > left)
		reader->error = -EBADMSG;
	if (reader->error == 0) {
		workloads = calloc((size_t)n + 1, sizeof(struct workload *));
		reader->error = workloads ? 0 : -ENOMEM;
	}
	for (uint32_t i = 0; i < n && reader->error == 0; i++)
		workloads[i] = get_workload(reader, window, boot_id);
	n_processes = get_u32(reader);
	for (uint32_t i = 0; i < n_processes && reader->error == 0; i++)
		get_process(reader, table, workloads, n);
	process_table_sort(table);
}

int meter_state_restore(const void *data, size_t size, struct window *ret_window,
	struct process_table *ret_table, struct meter_moment *ret_moment)
{
	struct reader reader = {.cursor = {.at = data, .end = (const unsigned char *)data + size}};
	struct window window = {0};
	struct process_table table = {0};
	struct meter_moment moment = {0};

	if (get_u32(&reader) != STATE_MAGIC || get_u32(&reader) != STATE_VERSION)
		return reader.error < 0 ? reader.error : -EBADMSG;
	get_moment(&reader, &moment);
	get_node(&reader, &window);
	get_workloads(&reader, &window, &table, moment.boot_id);
	if (reader.error == 0 && reader.cursor.at != reader.cursor.end)
		reader.error = -EBADMSG;
	if (reader.error < 0) {
		window_release(&window);
		process_table_release(&table);
		return reader.error;
	}
	window.end_boottime_usec = moment.boottime_usec;
	window.end_realtime_usec = moment.realtime_usec;
	*ret_window = window;
	*ret_table = table;
	*ret_moment = moment;
	return 0;
}
