/*
 * The kernel's network namespaces: a process with one of its own, whose interface is a tunnel to
 * itself, is the pod's, and what went through is known to the byte. Needs root and /dev/net/tun,
 * else it is skipped.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "tests/unit/collector/source/kubernetes/fake_pods.h"

#define ADA	(layouts[0].ada)
#define BOB	(layouts[0].bob)
#define HEADERS 28 /* of IP and UDP */

/* What the process in the namespace is told to do, and how many bytes of it. */
struct order {
	enum { RECEIVE, SEND, SEND_TO_ITSELF } what;
	uint32_t size;
};

struct guest {
	pid_t pid;
	int orders; /* each is answered by a byte when it is done */
};

/* ------------------------------------------------------------------------ in the namespace */

static void check(bool holds)
{
	if (!holds)
		_exit(1);
}

static void be_up(int fd, const char *name, const char *address)
{
	struct ifreq request = {0};
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = inet_addr(address)};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	memcpy(&request.ifr_addr, &to, sizeof(to));
	check(ioctl(fd, SIOCSIFADDR, &request) == 0);
	to.sin_addr.s_addr = inet_addr("255.255.255.0");
	memcpy(&request.ifr_netmask, &to, sizeof(to));
	check(ioctl(fd, SIOCSIFNETMASK, &request) == 0);
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	check(ioctl(fd, SIOCSIFFLAGS, &request) == 0);
}

/* The other end of eth0; -1: not here. */
static int make_interface(void)
{
	struct ifreq request = {.ifr_name = "eth0", .ifr_flags = IFF_TUN | IFF_NO_PI};
	int tunnel = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	int quiet;

	if (tunnel < 0 || ioctl(tunnel, TUNSETIFF, &request) < 0)
		return -1;
	quiet = open("/proc/sys/net/ipv6/conf/eth0/disable_ipv6", O_WRONLY | O_CLOEXEC);
	if (quiet >= 0) /* or it sends of its own accord */
		check(write(quiet, "1", 1) == 1 && close(quiet) == 0);
	return tunnel;
}

static void send_udp(int socket_fd, const char *address, const char *data, size_t size)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr.s_addr = inet_addr(address)};

	check(sendto(socket_fd, data, size, 0, (struct sockaddr *)&to, sizeof(to)) ==
		(ssize_t)size);
}

static void obey(int tunnel, int socket_fd, const struct order *order)
{
	char packet[2000] = {0x45}; /* the kernel counts what it is, and throws it away */

	switch (order->what) {
	case RECEIVE:
		check(write(tunnel, packet, order->size) == (ssize_t)order->size);
		break;
	case SEND:
		send_udp(socket_fd, "10.9.9.2", packet, order->size - HEADERS);
		check(read(tunnel, packet, sizeof(packet)) == (ssize_t)order->size);
		break;
	case SEND_TO_ITSELF:
		send_udp(socket_fd, "127.0.0.1", packet, order->size - HEADERS);
		break;
	}
}

static void serve(int orders)
{
	struct order order;
	int tunnel = unshare(CLONE_NEWNET) == 0 ? make_interface() : -1;
	int socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (tunnel < 0)
		_exit(77);
	check(socket_fd >= 0);
	be_up(socket_fd, "lo", "127.0.0.1");
	be_up(socket_fd, "eth0", "10.9.9.1");
	check(write(orders, "", 1) == 1);
	while (read(orders, &order, sizeof(order)) == sizeof(order)) {
		obey(tunnel, socket_fd, &order);
		check(write(orders, "", 1) == 1);
	}
	_exit(0);
}

/* ---------------------------------------------------------------------------- the test */

/* False: this machine has no namespaces for us. */
static bool start_guest(struct guest *guest)
{
	int ends[2], status;
	char ready;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	guest->pid = fork();
	assert_true(guest->pid >= 0);
	if (guest->pid == 0) {
		close(ends[0]);
		serve(ends[1]);
	}
	close(ends[1]);
	guest->orders = ends[0];
	if (read(guest->orders, &ready, 1) == 1)
		return true;
	assert_int_equal(waitpid(guest->pid, &status, 0), guest->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 77);
	close(guest->orders);
	return false;
}

static void tell(const struct guest *guest, struct order order)
{
	char done;

	assert_int_equal(write(guest->orders, &order, sizeof(order)), (ssize_t)sizeof(order));
	assert_int_equal(read(guest->orders, &done, 1), 1);
}

static void stop_guest(struct guest *guest)
{
	int status;

	close(guest->orders);
	assert_int_equal(waitpid(guest->pid, &status, 0), guest->pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static struct fake_node *set_up(struct fake_kubelet *kubelet)
{
	static char proc[] = "/proc";

	fake_kubelet_init(kubelet, FAKE_UNIFIED, only_pods);
	kubelet->node->config.proc = proc; /* for the source; the meter has the stand-in open */
	kubelet->node->config.kubernetes_network = true;
	add_three(kubelet);
	set_up_places(kubelet->node, &layouts[0]);
	return kubelet->node;
}

/* Ada's was there before us, bob's is born later and ends; our own network is the machine's. */
static void run_pods(struct guest *ada, struct guest *bob)
{
	struct fake_kubelet kubelet;
	struct fake_node *node = set_up(&kubelet);

	tell(ada, (struct order){RECEIVE, 900});
	make_pod(node, &layouts[0], ADA, ada->pid);
	fake_pass(node, 0);
	kubelet_answers(&kubelet);
	tell(bob, (struct order){SEND, 100});
	make_pod(node, &layouts[0], BOB, bob->pid);
	for (uint32_t i = 0; i < 10; i++) {
		tell(ada, (struct order){RECEIVE, 1000 + i});
		tell(ada, (struct order){SEND, 200 + i});
		tell(ada, (struct order){SEND_TO_ITSELF, 777});
		fake_pass(node, 10 * SECOND);
	}
	stop_guest(bob);
	remove_pod(node, BOB);
	fake_pass(node, 10 * SECOND);
	fake_take_window(node);
	assert_int_equal(row_of(&kubelet, "Ada L")->net_rx_bytes, 10045);
	assert_int_equal(row_of(&kubelet, "Ada L")->net_tx_bytes, 2045);
	assert_int_equal(row_of(&kubelet, "bob")->net_rx_bytes, 0);
	assert_int_equal(row_of(&kubelet, "bob")->net_tx_bytes, 100);
	fake_node_free(node);
}

static void test_namespaces(void **state)
{
	struct guest ada, bob;

	(void)state;
	if (!start_guest(&ada))
		skip();
	assert_true(start_guest(&bob));
	run_pods(&ada, &bob);
	stop_guest(&ada);
}

/* Whoever has no namespace of its own has nothing, whatever the machine does. */
static void test_the_machines_network(void **state)
{
	struct fake_kubelet kubelet;
	struct fake_node *node;

	(void)state;
	if (access("/proc/1/net/dev", R_OK) < 0)
		skip();
	node = set_up(&kubelet);
	fake_pass(node, 0);
	make_pod(node, &layouts[0], ADA, 1);
	fake_pass(node, 10 * SECOND);
	kubelet_answers(&kubelet);
	fake_take_window(node);
	assert_int_equal(row_of(&kubelet, "Ada L")->net_rx_bytes, 0);
	assert_int_equal(row_of(&kubelet, "Ada L")->net_tx_bytes, 0);
	fake_node_free(node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_namespaces),
		cmocka_unit_test(test_the_machines_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
