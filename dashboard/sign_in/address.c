/* inet_pton() takes exactly what is an address: no 127.1, no names, no scopes. */
#include "dashboard/sign_in/address.h"

#include <errno.h>
#include <string.h>

#include <arpa/inet.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

int address_parse(const char *text, size_t size, struct address *ret)
{
	char copy[INET6_ADDRSTRLEN];
	struct address address;

	if (size >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, size);
	copy[size] = '\0';
	if (inet_pton(AF_INET6, copy, address.bytes) != 1) {
		memcpy(address.bytes, mapped, sizeof(mapped));
		if (inet_pton(AF_INET, copy, address.bytes + sizeof(mapped)) != 1)
			return -EINVAL;
	}
	*ret = address;
	return 0;
}

int address_list_parse(const char *text, struct address_list *ret)
{
	struct address_list list = {.count = 0};

	for (;;) {
		size_t size, next = strcspn(text, ",");

		if (list.count == ADDRESS_LIST_MAX)
			return -E2BIG;
		while (next && (*text == ' ' || *text == '\t')) {
			text++;
			next--;
		}
		for (size = next; size && (text[size - 1] == ' ' || text[size - 1] == '\t'); size--)
			;
		if (address_parse(text, size, &list.address[list.count++]) < 0)
			return -EINVAL;
		if (!text[next])
			break;
		text += next + 1;
	}
	*ret = list;
	return 0;
}

bool address_list_has(const struct address_list *list, const char *address)
{
	struct address wanted;

	if (address_parse(address, strlen(address), &wanted) < 0)
		return false;
	for (size_t i = 0; i < list->count; i++) {
		if (memcmp(&list->address[i], &wanted, sizeof(wanted)) == 0)
			return true;
	}
	return false;
}

bool address_is_loopback(const char *address)
{
	static const struct address one = {.bytes = {[15] = 1}};
	struct address peer;

	if (address_parse(address, strlen(address), &peer) < 0)
		return false;
	if (memcmp(peer.bytes, mapped, sizeof(mapped)) == 0)
		return peer.bytes[sizeof(mapped)] == 127;
	return memcmp(&peer, &one, sizeof(one)) == 0;
}
