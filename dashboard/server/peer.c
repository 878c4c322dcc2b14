/* One judge of addresses, so that limits and sign-in cannot differ in whom they see. */
#include "dashboard/server/peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define IPV4_AT		  12 /* where an IPv4 address stands in one of IPv6 */
#define IPV6_NETWORK_SIZE 8
#define LOOPBACK_NETWORK  127

static void set_ipv4(const unsigned char ipv4[4], struct peer *peer)
{
	static const unsigned char mapped[IPV4_AT] = {[10] = 0xff, [11] = 0xff};

	memcpy(peer->network, mapped, IPV4_AT);
	memcpy(peer->network + IPV4_AT, ipv4, PEER_NETWORK_SIZE - IPV4_AT);
	peer->is_local = ipv4[0] == LOOPBACK_NETWORK;
	(void)inet_ntop(AF_INET, ipv4, peer->address, sizeof(peer->address)); /* has room */
}

static void set_ipv6(const struct in6_addr *ipv6, struct peer *peer)
{
	peer->is_local = IN6_IS_ADDR_LOOPBACK(ipv6);
	memcpy(peer->network, ipv6, IPV6_NETWORK_SIZE);
	(void)inet_ntop(AF_INET6, ipv6, peer->address, sizeof(peer->address)); /* has room */
}

void peer_set(const struct sockaddr *address, struct peer *ret)
{
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	*ret = (struct peer){0};
	if (address->sa_family == AF_INET) {
		memcpy(&v4, address, sizeof(v4));
		set_ipv4((const unsigned char *)&v4.sin_addr, ret);
	} else if (address->sa_family == AF_INET6) {
		memcpy(&v6, address, sizeof(v6));
		if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr))
			set_ipv4(v6.sin6_addr.s6_addr + IPV4_AT, ret);
		else
			set_ipv6(&v6.sin6_addr, ret);
	}
}
