/* Pods of which kubelet tells at once, late, or never: nobody's usage is anybody's by mistake. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collector/source/kubernetes/kubelet.h"
#include "tests/unit/collector/source/kubernetes/fake_pods.h"

/* Neither a row nor the system's while nobody knows; then all of it is hers, also of before. */
static void test_identity_is_late(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;

	(void)state;
	start_one(&kubelet, "echo refused >&2; exit 4");
	node = kubelet.node;
	for (int i = 0; i < 3; i++) {
		fake_use_cpu(node, layouts[0].ada, 100000);
		fake_pass(node, MINUTE);
		fake_take_window(node);
	}
	assert_int_equal(node->told.n_rows, 0);
	assert_int_equal(node->told.system_usec, 0);
	add_three(&kubelet);
	kubelet_is_asked(&kubelet, 1, SECOND);
	kubelet_does(&kubelet, "cat \"$PODS\"");
	kubelet_is_asked(&kubelet, kubelet_times_asked(&kubelet) + 2, 10 * SECOND);
	fake_pass(node, SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_int_equal(row_of(&kubelet, "Ada L")->cpu_usec, 300000);
	assert_false(row_of(&kubelet, "Ada L")->is_named_late);
	assert_int_equal(node->told.system_usec, 0);
	fake_node_free(node);
}

/* It turns out to be the hub: all of it is the system's, and no row ever said otherwise. */
static void test_it_was_the_hub(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;

	(void)state;
	start_one(&kubelet, "cat \"$PODS\"");
	node = kubelet.node;
	kubelet_add_pod(&kubelet, UID_ADA, "", "");
	kubelet_publish(&kubelet);
	fake_use_cpu(node, layouts[0].ada, 100000);
	fake_pass(node, 100);
	fake_take_window(node);
	assert_int_equal(node->told.system_usec, 0);
	kubelet_answers(&kubelet);
	fake_use_cpu(node, layouts[0].ada, 50000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 0);
	assert_int_equal(node->told.system_usec, 150000);
	fake_node_free(node);
}

/* Pods that come together are one request, and one that nobody knows is asked for ever less often.
 */
static void test_how_often_kubelet_is_asked(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;

	(void)state;
	start_one(&kubelet, "cat \"$PODS\"");
	node = kubelet.node;
	kubelet_add_user(&kubelet, UID_BOB, "bob");
	kubelet_publish(&kubelet);
	fake_pass(node, KUBELET_DEBOUNCE_USEC - 1);
	make_pod(node, &layouts[0], layouts[0].bob, 70);
	(void)fake_take_events(node);
	fake_pass(node, 0);
	assert_int_equal(kubelet_times_asked(&kubelet), 0);
	kubelet_answers(&kubelet);
	assert_int_equal(kubelet_times_asked(&kubelet), 1);
	for (int i = 0; i < 900; i++) { /* ada's is in no list */
		fake_pass(node, SECOND);
		asked_answers_come(node->meter);
	}
	/* after 2, 4, 8, 16, 32, 60, 60 ... seconds */
	assert_in_range(kubelet_times_asked(&kubelet), 18, 21);
	fake_node_free(node);
}

/* Behind ten minutes metering goes on without kubelet, and the name is bound when it answers. */
static void test_no_answer_for_long(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;
	const struct told_row *ada;

	(void)state;
	start_one(&kubelet, "exit 3");
	node = kubelet.node;
	for (int i = 0; i < 9; i++) {
		fake_use_cpu(node, layouts[0].ada, 100000);
		fake_pass(node, MINUTE);
		fake_take_window(node);
	}
	assert_int_equal(node->told.n_rows, 0);
	fake_use_cpu(node, layouts[0].ada, 100000);
	fake_pass(node, MINUTE);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_string_equal(node->told.row[0].user, "");
	assert_int_equal(node->told.row[0].cpu_usec, 1000000);
	add_three(&kubelet);
	kubelet_does(&kubelet, "cat \"$PODS\"");
	kubelet_is_asked(&kubelet, kubelet_times_asked(&kubelet) + 2, MINUTE);
	fake_use_cpu(node, layouts[0].ada, 100000);
	fake_pass(node, SECOND);
	fake_take_window(node);
	ada = row_of(&kubelet, "Ada L");
	assert_true(ada->is_named_late);
	assert_int_equal(ada->cpu_usec, 1100000);
	assert_int_equal(told_cpu(node), 1100000);
	fake_node_free(node);
}

/* It came and went while kubelet did not answer, and nobody will ever know whose it was. */
static void test_ended_unknown(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;

	(void)state;
	start_one(&kubelet, "exit 3");
	node = kubelet.node;
	fake_use_cpu(node, layouts[0].ada, 100000);
	fake_pass(node, 10 * SECOND);
	fake_use_cpu(node, layouts[0].ada, 50000);
	remove_pod(node, layouts[0].ada);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_false(meter_has_ended_workloads(node->meter));
	assert_int_equal(told_cpu(node), 0);
	for (int i = 0; i < 10; i++)
		fake_pass(node, MINUTE);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_string_equal(node->told.row[0].id, UID_ADA);
	assert_int_equal(node->told.row[0].cpu_usec, 150000);
	assert_int_equal(node->told.row[0].wall_msec, 20000);
	assert_true(node->told.row[0].flags & HM_FLAG_FINAL);
	assert_int_equal(node->told.system_usec, 0);
	fake_node_free(node);
}

/* It ended, and kubelet still knew it when it answered. */
static void test_ended_and_named_then(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;

	(void)state;
	start_one(&kubelet, "cat \"$PODS\"");
	node = kubelet.node;
	add_three(&kubelet);
	fake_use_cpu(node, layouts[0].ada, 100000);
	remove_pod(node, layouts[0].ada);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(told_cpu(node), 0);
	kubelet_answers(&kubelet);
	fake_take_window(node);
	assert_int_equal(node->told.n_rows, 1);
	assert_int_equal(row_of(&kubelet, "Ada L")->cpu_usec, 100000);
	assert_int_equal(node->told.system_usec, 0);
	assert_true(row_of(&kubelet, "Ada L")->flags & HM_FLAG_FINAL);
	fake_node_free(node);
}

/* What was withheld when the collector was killed is withheld on, and bound in the next run. */
static void test_restart_while_withheld(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;

	(void)state;
	start_one(&kubelet, "cat \"$PODS\"");
	node = kubelet.node;
	add_three(&kubelet);
	fake_use_cpu(node, layouts[0].ada, 100000);
	fake_pass(node, 100);
	fake_take_window(node);
	fake_restart(node);
	fake_use_cpu(node, layouts[0].ada, 100000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(told_cpu(node), 0);
	kubelet_answers(&kubelet);
	fake_take_window(node);
	assert_int_equal(row_of(&kubelet, "Ada L")->cpu_usec, 200000);
	assert_int_equal(told_cpu(node), 200000);
	fake_restart(node); /* and is not asked for again */
	kubelet_does(&kubelet, "exit 3");
	fake_use_cpu(node, layouts[0].ada, 100000);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(row_of(&kubelet, "Ada L")->cpu_usec, 300000);
	fake_node_free(node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity_is_late),
		cmocka_unit_test(test_it_was_the_hub),
		cmocka_unit_test(test_how_often_kubelet_is_asked),
		cmocka_unit_test(test_no_answer_for_long),
		cmocka_unit_test(test_ended_unknown),
		cmocka_unit_test(test_ended_and_named_then),
		cmocka_unit_test(test_restart_while_withheld),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
