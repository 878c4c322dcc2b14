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
	assert_int_equal(queue_init(&queue, 3), 0);
	for (size_t round = 0; round < 5; round++) {
		for (size_t i = 0; i < 3; i++)
			assert_true(queue_push(&queue, &item[i]));
		assert_false(queue_push(&queue, &item[3]));
		assert_ptr_equal(queue_pop(&queue), &item[0]);
		assert_true(queue_push(&queue, &item[4]));
		assert_ptr_equal(queue_pop(&queue), &item[1]);
		assert_ptr_equal(queue_pop(&queue), &item[2]);
		assert_ptr_equal(queue_pop(&queue), &item[4]);
	}
	queue_release(&queue);
	queue_release(&queue);
}

static void test_what_is_left_when_it_closes(void **state)
{
	int item[2];
	struct queue queue;

	(void)state;
	assert_int_equal(queue_init(&queue, 2), 0);
	assert_true(queue_push(&queue, &item[0]));
	assert_true(queue_push(&queue, &item[1]));
	queue_close(&queue);
	assert_null(queue_pop(&queue));
	assert_ptr_equal(queue_take(&queue), &item[0]);
	assert_false(queue_push(&queue, &item[0]));
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
	assert_int_equal(queue_init(&queue, N_ITEMS), 0);
	for (size_t i = 0; i < N_THREADS; i++) {
		taker[i] = (struct taker){.queue = &queue};
		assert_int_equal(pthread_create(&taker[i].thread, NULL, take_all, &taker[i]), 0);
	}
	for (size_t i = 0; i < N_ITEMS; i++)
		n_pushed += queue_push(&queue, &item[i]);
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
		cmocka_unit_test(test_what_is_left_when_it_closes),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
