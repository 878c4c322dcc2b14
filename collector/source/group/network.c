/* Differences of counters, interface by interface. */
#include "collector/source/group/network.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bounds.h"

/* Names by which what is within a namespace is known; what leaves it has others. */
static const char *const inner[] = {
	"br-", "cni", "docker", "tap", "tun", "veth", "virbr", "wg", NULL};

static bool is_counted(const struct proc_net_device *device)
{
	if (device->name_size == 2 && memcmp(device->name, "lo", 2) == 0)
		return false;
	for (const char *const *name = inner; *name; name++) {
		size_t size = strlen(*name);

		if (device->name_size >= size && memcmp(device->name, *name, size) == 0)
			return false;
	}
	return true;
}

struct network *network_new(bool counts_from_birth)
{
	struct network *network = calloc(1, sizeof(*network));

	if (network)
		network->counts_from_birth = counts_from_birth;
	return network;
}

static const struct network_interface *find(
	const struct network *network, const struct proc_net_device *device)
{
	for (uint32_t i = 0; i < network->n; i++) {
		const struct network_interface *known = &network->interface[i];

		if (strlen(known->name) == device->name_size &&
			memcmp(known->name, device->name, device->name_size) == 0)
			return known;
	}
	return NULL;
}

/* @before: NULL: it began with nothing. So did one that was made anew under its name. */
static void count(struct network *network, const struct network_interface *before,
	const struct proc_net_device *device)
{
	uint64_t rx_bytes = device->rx_bytes, tx_bytes = device->tx_bytes;

	if (before && before->rx_bytes <= rx_bytes && before->tx_bytes <= tx_bytes) {
		rx_bytes -= before->rx_bytes;
		tx_bytes -= before->tx_bytes;
	}
	network->pending_rx_bytes = saturating_add(network->pending_rx_bytes, rx_bytes);
	network->pending_tx_bytes = saturating_add(network->pending_tx_bytes, tx_bytes);
}

static struct network_interface interface_of(const struct proc_net_device *device)
{
	struct network_interface interface = {
		.rx_bytes = device->rx_bytes, .tx_bytes = device->tx_bytes};

	memcpy(interface.name, device->name, device->name_size);
	return interface;
}

void network_take(struct network *network, uint64_t key, const char *data, size_t size)
{
	bool is_known = network->namespace_key == key;
	bool counts = is_known || network->counts_from_birth;
	struct network_interface now[NETWORK_INTERFACES_MAX];
	struct proc_net_device device;
	const char *at = data;
	uint32_t n = 0;
	int r;

	while (n < NETWORK_INTERFACES_MAX &&
		(r = proc_parse_net_device(&at, data + size, &device)) != -ENODATA) {
		if (r < 0 || !is_counted(&device))
			continue;
		if (counts)
			count(network, is_known ? find(network, &device) : NULL, &device);
		now[n++] = interface_of(&device);
	}
	memcpy(network->interface, now, n * sizeof(*now));
	network->n = n;
	network->namespace_key = key;
	network->counts_from_birth = false;
}
