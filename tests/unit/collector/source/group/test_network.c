/* What is counted of the interfaces of a namespace, and that no byte is counted twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collector/source/group/network.h"
#include "tests/support/random.h"

#define N_INTERFACES 5

struct figures {
	uint64_t rx_bytes, tx_bytes;
};

/* One interface's line behind others. */
static void say(char text[1024], const char *name, uint64_t rx_bytes, uint64_t tx_bytes)
{
	size_t size = strlen(text);

	snprintf(text + size, 1024 - size, "%s: %llu 1 0 0 0 0 0 0 %llu 1 0 0 0 0 0 0\n", name,
		(unsigned long long)rx_bytes, (unsigned long long)tx_bytes);
}

static void take(struct network *network, uint64_t key, const char *text)
{
	network_take(network, key, text, strlen(text));
}

static void assert_pending(const struct network *network, uint64_t rx_bytes, uint64_t tx_bytes)
{
	assert_true(network->pending_rx_bytes == rx_bytes);
	assert_true(network->pending_tx_bytes == tx_bytes);
}

static void test_what_was_there_before_is_a_baseline(void **state)
{
	struct network *network = network_new(false);
	char text[1024] = "";

	(void)state;
	say(text, "eth0", 1000, 500);
	take(network, 7, text);
	assert_pending(network, 0, 0);
	text[0] = '\0';
	say(text, "eth0", 1100, 501);
	take(network, 7, text);
	assert_pending(network, 100, 1);
	take(network, 7, text);
	assert_pending(network, 100, 1);
	free(network);
}

/* Only its first namespace: of another one nobody knows what it is. */
static void test_a_newborn_counts_from_its_birth(void **state)
{
	struct network *network = network_new(true);
	char text[1024] = "";

	(void)state;
	say(text, "eth0", 1000, 500);
	say(text, "net1", 20, 10);
	take(network, 7, text);
	assert_pending(network, 1020, 510);
	take(network, 8, text);
	assert_pending(network, 1020, 510);
	take(network, 7, text); /* and back: it is not counted again */
	assert_pending(network, 1020, 510);
	free(network);
}

static void test_what_is_within_does_not_count(void **state)
{
	static const char *const names[] = {
		"lo", "veth0a1b", "docker0", "br-0123", "tun0", "tap3", "wg0", "cni0", "virbr0"};
	struct network *network = network_new(true);
	char text[1024] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		say(text, names[i], 1000, 1000);
	say(text, "lo1", 1, 2);
	say(text, "v", 3, 4);
	take(network, 7, text);
	assert_pending(network, 4, 6);
	free(network);
}

/* Whichever of its counters fell, it began anew; the others are not counted again. */
static void test_one_made_anew(void **state)
{
	struct network *network = network_new(false);
	char text[1024] = "";

	(void)state;
	say(text, "eth0", 1000000, 1000000);
	say(text, "net1", 100, 100);
	take(network, 7, text);
	text[0] = '\0';
	say(text, "eth0", 1000001, 1000000);
	take(network, 7, text); /* net1 is gone */
	say(text, "net1", 50, 60);
	take(network, 7, text);
	assert_pending(network, 51, 60);
	text[0] = '\0';
	say(text, "eth0", 2000000, 5);
	say(text, "net1", 50, 60);
	take(network, 7, text);
	assert_pending(network, 51 + 2000000, 60 + 5);
	free(network);
}

/* Lines that are none are passed over; more interfaces than there are places do not count. */
static void test_limits(void **state)
{
	struct network *network = network_new(true);
	char text[1024] = "nonsense\n", name[32];

	(void)state;
	for (int i = 0; i < NETWORK_INTERFACES_MAX + 3; i++) {
		snprintf(name, sizeof(name), "eth%d", i);
		say(text, name, 1, 2);
	}
	take(network, 7, text);
	assert_pending(network, NETWORK_INTERFACES_MAX, 2 * NETWORK_INTERFACES_MAX);
	network->pending_rx_bytes = UINT64_MAX - 1;
	text[0] = '\0';
	say(text, "eth0", UINT64_MAX, 3);
	take(network, 7, text);
	assert_pending(network, UINT64_MAX, 2 * NETWORK_INTERFACES_MAX + 1);
	free(network);
}

/* A namespace whose interfaces come, go, and move bytes. */
struct lives {
	struct random_source random;
	bool is_there[N_INTERFACES];
	struct figures now[N_INTERFACES], seen[N_INTERFACES];
	struct figures truth;
};

static void live(struct lives *lives)
{
	size_t i = random_below(&lives->random, N_INTERFACES);
	struct figures *now = &lives->now[i];

	if (!lives->is_there[i] || random_below(&lives->random, 20) == 0) {
		lives->is_there[i] = !lives->is_there[i];
		*now = (struct figures){0};
		return;
	}
	now->rx_bytes += random_below(&lives->random, 1000);
	now->tx_bytes += random_below(&lives->random, 10);
}

/* The next look: what it shows, and what is known by it of what was done. */
static void look(struct lives *lives, char text[1024])
{
	for (size_t i = 0; i < N_INTERFACES; i++) {
		const struct figures *now = &lives->now[i], *seen = &lives->seen[i];
		bool fell = now->rx_bytes < seen->rx_bytes || now->tx_bytes < seen->tx_bytes;
		char name[32];

		if (!lives->is_there[i]) {
			lives->seen[i] = (struct figures){0};
			continue;
		}
		lives->truth.rx_bytes += now->rx_bytes - (fell ? 0 : seen->rx_bytes);
		lives->truth.tx_bytes += now->tx_bytes - (fell ? 0 : seen->tx_bytes);
		lives->seen[i] = *now;
		snprintf(name, sizeof(name), "eth%zu", i);
		say(text, name, now->rx_bytes, now->tx_bytes);
	}
}

static void test_law(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 50; seed++) {
		struct lives lives = {.random = {.state = seed}};
		struct network *network = network_new(true);

		for (int round = 0; round < 200; round++) {
			char text[1024] = "";

			for (uint64_t n = random_below(&lives.random, 6); n > 0; n--)
				live(&lives);
			look(&lives, text);
			take(network, 7, text);
			assert_pending(network, lives.truth.rx_bytes, lives.truth.tx_bytes);
		}
		free(network);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_there_before_is_a_baseline),
		cmocka_unit_test(test_a_newborn_counts_from_its_birth),
		cmocka_unit_test(test_what_is_within_does_not_count),
		cmocka_unit_test(test_one_made_anew),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_law),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
