/* What workloads received and sent, in the books, in batches and in states of each format. */
#include <endian.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collector/meter/checkpoint.h"
#include "proto/validate.h"

#define MINUTE_USEC 60000000
#define FORMAT_AT   4			  /* in a state, behind the magic */
#define RX	    0x0123456789abcdefULL /* found again in a state */
#define TX	    0x0fedcba987654321ULL
#define ROW_MAX	    (HM_NET_BYTES_PER_SEC_MAX * HM_SLACK_SEC)

static const uint8_t boot_id[HM_BOOT_ID_SIZE] = {1};

static struct window a_minute(void)
{
	return (struct window){.end_boottime_usec = MINUTE_USEC,
		.start_realtime_usec = MINUTE_USEC,
		.end_realtime_usec = 2 * MINUTE_USEC,
		.has_start = true,
		.node = {.cores = 2, .memory_total_bytes = 1 << 30}};
}

static struct workload *add(struct window *window, const char *id)
{
	struct workload *workload = window_workload(window, HM_WORKLOAD_KIND_POD, id, 0);

	assert_non_null(workload);
	return workload;
}

static void book(struct workload *workload, uint64_t rx_bytes, uint64_t tx_bytes)
{
	struct interval interval = {
		.end_usec = MINUTE_USEC, .net_rx_bytes = rx_bytes, .net_tx_bytes = tx_bytes};

	workload_book(workload, &interval);
}

static void close_window(struct window *window, struct hm_batch *ret)
{
	struct hm_wire_limits limits = {
		.now_usec = window->end_realtime_usec, .max_age_usec = 1, .max_future_usec = 1};

	assert_int_equal(window_close(window, "h", "n", "c", boot_id, ret), 0);
	ret->sequence = 1;
	assert_string_equal(hm_reject_name(hm_batch_validate(ret, &limits)), "none");
}

static void assert_booked(const struct window *window, uint64_t rx_bytes, uint64_t tx_bytes)
{
	assert_true(window->workloads->net_rx_bytes == rx_bytes);
	assert_true(window->workloads->net_tx_bytes == tx_bytes);
}

/* What is booked between closing and committing is of the next window. */
static void test_closing_copies_and_committing_subtracts(void **state)
{
	struct window window = a_minute();
	struct workload *ada = add(&window, "ada");
	struct hm_batch batch;

	(void)state;
	book(ada, 7, 5);
	close_window(&window, &batch);
	assert_true(batch.quantity[HM_QUANTITY_NET_RX_BYTES][0] == 7);
	assert_true(batch.quantity[HM_QUANTITY_NET_TX_BYTES][0] == 5);
	book(ada, 100, 200);
	window_commit(&window);
	assert_booked(&window, 100, 200);
	window_release(&window);
}

/* A full batch of such rows is one that readers take; what is more stays for the next. */
static void test_a_row_has_a_limit(void **state)
{
	struct window window = a_minute();
	struct workload *ada = add(&window, "ada");
	struct hm_batch batch;

	(void)state;
	for (unsigned int i = 0; i < 3; i++)
		book(ada, UINT64_MAX - 1, 2 * ROW_MAX / 3);
	assert_booked(&window, UINT64_MAX, 2 * ROW_MAX / 3 * 3);
	close_window(&window, &batch);
	assert_true(batch.quantity[HM_QUANTITY_NET_RX_BYTES][0] == ROW_MAX);
	assert_true(batch.quantity[HM_QUANTITY_NET_TX_BYTES][0] == ROW_MAX);
	window_commit(&window);
	assert_booked(&window, UINT64_MAX - ROW_MAX, 2 * ROW_MAX / 3 * 3 - ROW_MAX);
	window_release(&window);
}

/* What rows may say together is what a node can do in the window. */
static void test_rows_have_a_limit_together(void **state)
{
	struct window window = a_minute();
	struct hm_batch batch;
	uint64_t sum = 0;

	(void)state;
	book(add(&window, "ada"), ROW_MAX, 1);
	book(add(&window, "bob"), ROW_MAX, 1);
	book(add(&window, "eve"), ROW_MAX, 1);
	close_window(&window, &batch);
	for (size_t i = 0; i < batch.n_rows; i++) {
		sum += batch.quantity[HM_QUANTITY_NET_RX_BYTES][i];
		assert_true(batch.quantity[HM_QUANTITY_NET_TX_BYTES][i] == 1);
	}
	assert_true(sum == 2 * ROW_MAX);
	window_commit(&window);
	sum = 0;
	for (const struct workload *w = window.workloads; w; w = w->next)
		sum += w->net_rx_bytes;
	assert_true(sum == ROW_MAX);
	window_release(&window);
}

static void save(const struct window *window, struct buffer *ret)
{
	const struct node_snapshot snapshot = {.boottime_usec = MINUTE_USEC};

	ret->size = 0;
	assert_int_equal(checkpoint_save(window, &snapshot, ret), 0);
	assert_int_equal(checkpoint_finish(ret), 0);
}

static int restore(const struct buffer *state, struct window *ret)
{
	struct node_snapshot snapshot;
	struct cursor sections;

	return checkpoint_restore(state->data, state->size, ret, &snapshot, &sections);
}

static void test_a_state_keeps_it(void **state)
{
	struct window window = a_minute(), other;
	struct buffer saved = BUFFER_INIT(1 << 20);
	struct hm_batch batch;

	(void)state;
	book(add(&window, "ada"), 30, 40);
	save(&window, &saved);
	assert_int_equal(restore(&saved, &other), 0);
	assert_booked(&other, 30, 40);
	window_release(&other);
	close_window(&window, &batch); /* as if it were committed */
	book(window.workloads, 1, 2);
	save(&window, &saved);
	assert_int_equal(restore(&saved, &other), 0);
	assert_booked(&other, 1, 2);
	window_release(&other);
	window_release(&window);
	buffer_release(&saved);
}

static void set_format(struct buffer *state, uint32_t format)
{
	uint32_t value = htole32(format);

	memcpy(state->data + FORMAT_AT, &value, sizeof(value));
}

/* Out of the middle of a state, where @bytes stand. */
static void cut_out(struct buffer *state, const void *bytes, size_t size)
{
	unsigned char *at = memmem(state->data, state->size, bytes, size);

	assert_non_null(at);
	state->size -= size;
	memmove(at, at + size, state->size - (size_t)(at - state->data));
}

/* The state before this one knew of no network: then there is none, and all else is there. */
static void test_older_states(void **state)
{
	const uint64_t of_ada[] = {htole64(RX), htole64(TX)}, of_bob[] = {htole64(TX), htole64(RX)};
	struct window window = a_minute(), other;
	struct buffer saved = BUFFER_INIT(1 << 20);

	(void)state;
	book(add(&window, "bob"), TX, RX);
	book(add(&window, "ada"), RX, TX);
	save(&window, &saved);
	cut_out(&saved, of_ada, sizeof(of_ada));
	cut_out(&saved, of_bob, sizeof(of_bob));
	assert_int_equal(restore(&saved, &other), -EBADMSG);
	set_format(&saved, 4);
	assert_int_equal(restore(&saved, &other), 0);
	assert_int_equal(other.n_workloads, 2);
	assert_booked(&other, 0, 0);
	for (const struct workload *w = other.workloads; w; w = w->next)
		assert_int_equal(w->wall_usec, MINUTE_USEC);
	window_release(&other);
	window_release(&window);
	buffer_release(&saved);
}

static void test_other_formats_are_refused(void **state)
{
	struct window window = a_minute(), other;
	struct buffer saved = BUFFER_INIT(1 << 20);

	(void)state;
	save(&window, &saved);
	set_format(&saved, 4); /* without workloads it is the same */
	assert_int_equal(restore(&saved, &other), 0);
	window_release(&other);
	set_format(&saved, 2);
	assert_int_equal(restore(&saved, &other), -EBADMSG);
	set_format(&saved, 6);
	assert_int_equal(restore(&saved, &other), -EBADMSG);
	window_release(&window);
	buffer_release(&saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_closing_copies_and_committing_subtracts),
		cmocka_unit_test(test_a_row_has_a_limit),
		cmocka_unit_test(test_rows_have_a_limit_together),
		cmocka_unit_test(test_a_state_keeps_it),
		cmocka_unit_test(test_older_states),
		cmocka_unit_test(test_other_formats_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
