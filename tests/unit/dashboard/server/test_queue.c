/* What waits for a worker. */
#include "dashboard/server/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_THREADS 3
#define N_ITEMS	  3000

static void test_first_come_first_served(void **state)
{
	int item[5];
	struct queue queue;

	(void)state;
	assert_int_equal(queue_init(&queue, 3, 1), 0);
	for (size_t round = 0; round < 5; round++) {
		for (size_t i = 0; i < 3; i++)
			assert_true(queue_push(&queue, &item[i], 0));
		assert_false(queue_push(&queue, &item[3], 0));
		assert_ptr_equal(queue_pop(&queue), &item[0]);
		assert_true(queue_push(&queue, &item[4], 0));
		assert_ptr_equal(queue_pop(&queue), &item[1]);
		assert_ptr_equal(queue_pop(&queue), &item[2]);
		assert_ptr_equal(queue_pop(&queue), &item[4]);
		for (size_t i = 0; i < 4; i++)
			queue_done(&queue, 0);
	}
	queue_release(&queue);
	queue_release(&queue);
}

/* Ada asks for much: half of the workers are hers, and Bob's comes before what else she wants. */
static void test_nobody_has_it_all(void **state)
{
	enum { ADA = 1, BOB };
	int ada[5], bob[2], nobody;
	struct queue queue;

	(void)state;
	assert_int_equal(queue_init(&queue, 16, 4), 0);
	for (size_t i = 0; i < 4; i++)
		assert_true(queue_push(&queue, &ada[i], ADA));
	assert_false(queue_push(&queue, &ada[4], ADA));
	assert_true(queue_push(&queue, &bob[0], BOB));
	assert_true(queue_push(&queue, &bob[1], BOB));
	assert_true(queue_push(&queue, &nobody, 0));
	assert_ptr_equal(queue_pop(&queue), &ada[0]);
	assert_ptr_equal(queue_pop(&queue), &bob[0]);
	assert_ptr_equal(queue_pop(&queue), &nobody);
	queue_done(&queue, 0);
	assert_ptr_equal(queue_pop(&queue), &ada[1]);
	assert_ptr_equal(queue_pop(&queue), &bob[1]);
	queue_done(&queue, BOB);
	assert_true(queue_push(&queue, &nobody, 0));
	assert_ptr_equal(queue_pop(&queue), &nobody); /* not ada[2]: she has two of four */
	queue_done(&queue, 0);
	queue_done(&queue, ADA);
	assert_ptr_equal(queue_pop(&queue), &ada[2]);
	queue_close(&queue);
	assert_ptr_equal(queue_take(&queue), &ada[3]);
	queue_release(&queue);
}

static void test_what_is_left_when_it_closes(void **state)
{
	int item[2];
	struct queue queue;

	(void)state;
	assert_int_equal(queue_init(&queue, 2, 1), 0);
	assert_true(queue_push(&queue, &item[0], 0));
	assert_true(queue_push(&queue, &item[1], 0));
	queue_close(&queue);
	assert_null(queue_pop(&queue));
	assert_ptr_equal(queue_take(&queue), &item[0]);
	assert_false(queue_push(&queue, &item[0], 0));
	assert_ptr_equal(queue_take(&queue), &item[1]);
	assert_null(queue_take(&queue));
	queue_release(&queue);
}

struct taker {
	struct queue *queue;
	size_t n;
	pthread_t thread;
};

static void *take_all(void *context)
{
	struct taker *taker = context;
	unsigned char *item;

	while ((item = queue_pop(taker->queue))) {
		++*item;
		taker->n++;
		queue_done(taker->queue, 0);
	}
	return NULL;
}

/* Every item comes to one thread, once; those that wait end when the queue closes. */
static void test_threads(void **state)
{
	static unsigned char item[N_ITEMS];
	struct taker taker[N_THREADS];
	struct queue queue;
	size_t n_pushed = 0, n_taken = 0;

	(void)state;
	assert_int_equal(queue_init(&queue, N_ITEMS, N_THREADS), 0);
	for (size_t i = 0; i < N_THREADS; i++) {
		taker[i] = (struct taker){.queue = &queue};
		assert_int_equal(pthread_create(&taker[i].thread, NULL, take_all, &taker[i]), 0);
	}
	for (size_t i = 0; i < N_ITEMS; i++)
		n_pushed += queue_push(&queue, &item[i], 0);
	queue_close(&queue);
	for (size_t i = 0; i < N_THREADS; i++) {
		assert_int_equal(pthread_join(taker[i].thread, NULL), 0);
		n_taken += taker[i].n;
	}
	while (queue_take(&queue))
		n_taken++;
	assert_int_equal(n_pushed, N_ITEMS);
	assert_int_equal(n_taken, N_ITEMS);
	for (size_t i = 0; i < N_ITEMS; i++)
		assert_in_range(item[i], 0, 1);
	queue_release(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first_come_first_served),
		cmocka_unit_test(test_nobody_has_it_all),
		cmocka_unit_test(test_what_is_left_when_it_closes),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
