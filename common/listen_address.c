/* inet_pton() and not getaddrinfo(): that one takes "1:80" for an address and 65616 for port 80. */
#include "common/listen_address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#define HOST_SIZE 64
#define PORT_MAX  65535u

static bool parse_port(const char *text, in_port_t *ret)
{
	unsigned port = 0;

	if (!*text || text[strspn(text, "0123456789")])
		return false;
	for (; *text && port <= PORT_MAX; text++)
		port = port * 10 + (unsigned)(*text - '0');
	if (port > PORT_MAX)
		return false;
	*ret = htons((uint16_t)port);
	return true;
}

static bool parse_host(const char *host, in_port_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = port};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = port};

	if (inet_pton(AF_INET, host, &v4.sin_addr) == 1)
		memcpy(ret, &v4, sizeof(v4));
	else if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1)
		memcpy(ret, &v6, sizeof(v6));
	else
		return false;
	return true;
}

int listen_address_parse(const char *text, struct sockaddr_storage *ret)
{
	const char *colon = strrchr(text, ':');
	struct sockaddr_storage address = {0};
	char host[HOST_SIZE];
	in_port_t port;
	size_t size;

	if (!colon || !parse_port(colon + 1, &port))
		return -EINVAL;
	size = (size_t)(colon - text);
	if (size >= 2 && text[0] == '[' && text[size - 1] == ']') {
		text++;
		size -= 2;
	}
	if (!size || size >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, size);
	host[size] = '\0';
	if (!parse_host(host, port, &address))
		return -EINVAL;
	*ret = address;
	return 0;
}
