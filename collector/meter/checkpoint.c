/* The meter's and the window's part of the state, and the frame around the sources' parts. */
#include "collector/meter/checkpoint.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/meter/state_codec.h"
#include "hubmeter/cleanup.h"

#define STATE_MAGIC  0x74734d48u /* "HMst" */
#define STATE_FORMAT 5u

/* As 5 without what workloads received and sent. */
#define STATE_FORMAT_WITHOUT_NETWORK 4u

/* As 4 without what the kernel measured: the next window is measured in part and does not say so.
 */
#define STATE_FORMAT_UNMEASURED 3u

/* Whether @workload is history once the closed window is committed. */
static bool is_out(const struct window *window, const struct workload *workload)
{
	return window->is_closed && workload->is_closed && workload->closed_final;
}

static void put_workload(
	struct state_writer *writer, const struct window *window, const struct workload *workload)
{
	bool is_closed = window->is_closed && workload->is_closed;
	uint64_t wall_usec = workload->wall_usec;

	state_put_u32(writer, workload->kind);
	state_put_text(writer, workload->id);
	state_put_text(writer, workload->user);
	state_put_text(writer, workload->server);
	state_put_text(writer, workload->tag);
	state_put_time(writer, workload->first_usec);
	state_put_time(writer, workload->end_usec);
	for (size_t i = 0; i < HM_RESOURCE_COUNT; i++) {
		struct amount amount = workload->amount[i];

		if (is_closed)
			amount_take(&amount, &workload->closed[i], window_fine_units[i]);
		state_put_amount(writer, &amount);
	}
	state_put_u64(
		writer, is_closed ? wall_usec - workload->closed_wall_msec * 1000 : wall_usec);
	state_put_u32(
		writer, is_closed ? workload->flags : workload->flags | workload->closed_flags);
	state_put_u64(
		writer, workload->net_rx_bytes - (is_closed ? workload->closed_net_rx_bytes : 0));
	state_put_u64(
		writer, workload->net_tx_bytes - (is_closed ? workload->closed_net_tx_bytes : 0));
}

static void get_workload(struct state_reader *reader, uint32_t format, struct window *window)
{
	uint32_t kind = state_get_u32(reader);
	hm_cleanup(hm_freep) char *id = state_get_text(reader);
	hm_cleanup(hm_freep) char *user = state_get_text(reader);
	hm_cleanup(hm_freep) char *server = state_get_text(reader);
	hm_cleanup(hm_freep) char *tag = state_get_text(reader);
	struct workload *workload;

	if (reader->error == 0 &&
		(kind < HM_WORKLOAD_KIND_PROCESS || kind > HM_WORKLOAD_KIND_STORAGE))
		reader->error = -EBADMSG;
	if (reader->error < 0)
		return;
	workload = window_add_workload(
		window, (enum hm_workload_kind)kind, id, state_get_time(reader));
	if (!workload || workload_identify(workload, user, server, tag) < 0) {
		reader->error = -ENOMEM;
		return;
	}
	workload->end_usec = state_get_time(reader);
	for (size_t i = 0; i < HM_RESOURCE_COUNT; i++)
		workload->amount[i] = state_get_amount(reader);
	workload->wall_usec = state_get_u64(reader);
	workload->flags = state_get_u32(reader) & HM_FLAGS_KNOWN;
	if (format <= STATE_FORMAT_WITHOUT_NETWORK)
		return;
	workload->net_rx_bytes = state_get_u64(reader);
	workload->net_tx_bytes = state_get_u64(reader);
}

static void put_workloads(struct state_writer *writer, const struct window *window)
{
	uint32_t n = 0;

	for (const struct workload *w = window->workloads; w; w = w->next)
		n += !is_out(window, w);
	state_put_u32(writer, n);
	for (const struct workload *w = window->workloads; w; w = w->next)
		if (!is_out(window, w))
			put_workload(writer, window, w);
}

static void put_measured(struct state_writer *writer, const struct window_measured *measured)
{
	state_put_u32(writer, measured->is_partial);
	state_put_u32(writer, measured->flags | measured->closed_flags);
	state_put_u64(writer, measured->cpu_usec);
	state_put_u64(writer, measured->cpu_steal_usec);
	state_put_u128(writer, measured->memory);
}

static struct window_measured get_measured(struct state_reader *reader, uint32_t format)
{
	struct window_measured measured = {.is_partial = true};

	if (format == STATE_FORMAT_UNMEASURED)
		return measured;
	measured.is_partial = state_get_u32(reader) != 0;
	measured.flags = state_get_u32(reader) & HM_FLAGS_KNOWN;
	measured.cpu_usec = state_get_u64(reader);
	measured.cpu_steal_usec = state_get_u64(reader);
	measured.memory = state_get_u128(reader);
	return measured;
}

static void put_doubtful(struct state_writer *writer, const struct window_doubtful *doubtful)
{
	state_put_u64(writer, doubtful->usec[0]);
	state_put_u64(writer, doubtful->usec[1]);
	state_put_u64(writer, doubtful->age_usec);
}

static struct window_doubtful get_doubtful(struct state_reader *reader, uint32_t format)
{
	struct window_doubtful doubtful = {0};

	if (format == STATE_FORMAT_UNMEASURED)
		return doubtful;
	doubtful.usec[0] = state_get_u64(reader);
	doubtful.usec[1] = state_get_u64(reader);
	doubtful.age_usec = state_get_u64(reader);
	return doubtful;
}

static void put_window(struct state_writer *writer, const struct window *window)
{
	const struct window_node node = window_node_left(window);
	bool is_closed = window->is_closed;

	state_put_u64(writer, node.cpu_usec);
	state_put_u64(writer, node.cpu_deficit_usec);
	state_put_u128(writer, node.memory);
	put_measured(writer, &node.measured);
	put_doubtful(writer, &node.doubtful);
	state_put_time(
		writer, is_closed ? window->closed_end_boottime_usec : window->start_boottime_usec);
	state_put_time(
		writer, is_closed ? window->closed_end_realtime_usec : window->start_realtime_usec);
	put_workloads(writer, window);
	reported_save(&window->reported, writer);
}

static void get_window(struct state_reader *reader, uint32_t format, struct window *window)
{
	uint32_t n;

	window->node.cpu_usec = state_get_u64(reader);
	window->node.cpu_deficit_usec = state_get_u64(reader);
	window->node.memory = state_get_u128(reader);
	window->node.measured = get_measured(reader, format);
	window->node.doubtful = get_doubtful(reader, format);
	window->start_boottime_usec = state_get_time(reader);
	window->start_realtime_usec = state_get_time(reader);
	window->has_start = true;
	n = state_get_count(reader);
	for (uint32_t i = 0; i < n && reader->error == 0; i++)
		get_workload(reader, format, window);
	reported_restore(&window->reported, reader);
}

static void put_snapshot(struct state_writer *writer, const struct node_snapshot *snapshot)
{
	if (writer->error == 0)
		writer->error = buffer_append(writer->buffer, snapshot->boot_id, HM_BOOT_ID_SIZE);
	state_put_time(writer, snapshot->boottime_usec);
	state_put_time(writer, snapshot->monotonic_usec);
	state_put_time(writer, snapshot->realtime_usec);
	state_put_u64(writer, snapshot->node.busy_usec);
	state_put_u64(writer, snapshot->node.steal_usec);
	state_put_u32(writer, snapshot->node.cores);
	state_put_u64(writer, snapshot->node.memory_total_bytes);
	state_put_u64(writer, snapshot->node.memory_used_bytes);
}

static void get_snapshot(
	struct state_reader *reader, uint32_t format, struct node_snapshot *snapshot)
{
	const unsigned char *boot_id = NULL;

	if (reader->error == 0)
		reader->error = cursor_bytes(&reader->cursor, HM_BOOT_ID_SIZE, &boot_id);
	if (reader->error < 0)
		return;
	memcpy(snapshot->boot_id, boot_id, HM_BOOT_ID_SIZE);
	snapshot->boottime_usec = state_get_time(reader);
	snapshot->monotonic_usec = state_get_time(reader);
	snapshot->realtime_usec = state_get_time(reader);
	snapshot->node.busy_usec = state_get_u64(reader);
	snapshot->node.steal_usec = format == STATE_FORMAT_UNMEASURED ? 0 : state_get_u64(reader);
	snapshot->node.cores = state_get_u32(reader);
	snapshot->node.memory_total_bytes = state_get_u64(reader);
	snapshot->node.memory_used_bytes = state_get_u64(reader);
}

int checkpoint_save(
	const struct window *window, const struct node_snapshot *snapshot, struct buffer *buffer)
{
	struct state_writer writer = {.buffer = buffer};
	size_t size = buffer->size;

	state_put_u32(&writer, STATE_MAGIC);
	state_put_u32(&writer, STATE_FORMAT);
	put_snapshot(&writer, snapshot);
	put_window(&writer, window);
	if (writer.error < 0)
		buffer->size = size; /* half a state is none */
	return writer.error;
}

int checkpoint_open_section(
	struct buffer *buffer, const char *name, uint32_t version, size_t *ret_mark)
{
	struct state_writer writer = {.buffer = buffer};
	size_t size = buffer->size;

	/* with its NUL, so that a reader may borrow it */
	writer.error = buffer_append_sized(buffer, name, strlen(name) + 1);
	state_put_u32(&writer, version);
	state_put_u32(&writer, 0);
	if (writer.error < 0) {
		buffer->size = size;
		return writer.error;
	}
	*ret_mark = buffer->size;
	return 0;
}

void checkpoint_close_section(struct buffer *buffer, size_t mark)
{
	uint32_t length = htole32((uint32_t)(buffer->size - mark)); /* a record is far smaller */

	memcpy(buffer->data + mark - sizeof(length), &length, sizeof(length));
}

int checkpoint_finish(struct buffer *buffer)
{
	return buffer_append_u32(buffer, 0);
}

/* 1 and the next one, 0 at the end, or -EBADMSG. */
static int next_section(struct cursor *sections, struct checkpoint_section *ret)
{
	struct checkpoint_section section = {.whole = sections->at};
	const unsigned char *name;
	size_t name_size;
	int r = cursor_sized(sections, &name, &name_size);

	if (r == 0 && name_size == 0)
		return sections->at == sections->end ? 0 : -EBADMSG;
	if (r == 0)
		r = cursor_u32(sections, &section.version);
	if (r == 0)
		r = cursor_sized(sections, &section.data, &section.size);
	if (r < 0 || memchr(name, '\0', name_size) != name + name_size - 1)
		return -EBADMSG;
	section.name = (const char *)name;
	section.whole_size = (size_t)(sections->at - section.whole);
	*ret = section;
	return 1;
}

static int check_sections(struct cursor sections)
{
	struct checkpoint_section section;
	int r;

	while ((r = next_section(&sections, &section)) > 0)
		;
	return r;
}

int checkpoint_restore(const void *data, size_t size, struct window *ret_window,
	struct node_snapshot *ret_snapshot, struct cursor *ret_sections)
{
	struct state_reader reader = state_reader_of(data, size);
	struct window window = {0};
	struct node_snapshot snapshot = {0};
	uint32_t magic = state_get_u32(&reader);
	uint32_t format = state_get_u32(&reader);

	if (reader.error < 0)
		return reader.error;
	if (magic != STATE_MAGIC || format < STATE_FORMAT_UNMEASURED || format > STATE_FORMAT)
		return -EBADMSG;
	get_snapshot(&reader, format, &snapshot);
	get_window(&reader, format, &window);
	if (reader.error == 0)
		reader.error = check_sections(reader.cursor);
	if (reader.error < 0) {
		window_release(&window);
		return reader.error;
	}
	window.end_boottime_usec = snapshot.boottime_usec;
	window.end_realtime_usec = snapshot.realtime_usec;
	*ret_window = window;
	*ret_snapshot = snapshot;
	*ret_sections = reader.cursor;
	return 0;
}

bool checkpoint_next_section(struct cursor *sections, struct checkpoint_section *ret)
{
	return next_section(sections, ret) > 0;
}
