/* Nothing is taken out of the table: a sweep makes a new one without those that ended. */
#include "collector/source/storage/homes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/bounds.h"
#include "common/hash.h"

struct key {
	uint32_t root;
	const char *name;
};

void homes_init(struct homes *homes, uint64_t seed)
{
	*homes = (struct homes){.seed = seed, .table = HASH_TABLE_INIT(struct home)};
}

void homes_release(struct homes *homes)
{
	for (uint32_t i = 0; i < homes->table.count; i++)
		free(homes_at(homes, i)->name);
	hash_table_release(&homes->table);
}

static uint32_t hash_of(const struct homes *homes, const struct key *key)
{
	return (uint32_t)hash_bytes(homes->seed ^ key->root, key->name, strlen(key->name));
}

static bool same(const void *entry, const void *key)
{
	const struct home *home = entry;
	const struct key *wanted = key;

	return home->root == wanted->root && strcmp(home->name, wanted->name) == 0;
}

static int add(struct homes *homes, const struct key *key, uint32_t hash, uint32_t *ret)
{
	char *name;
	int r;

	if (homes->table.count == HOMES_MAX)
		return -ENOSPC;
	r = hash_table_reserve(&homes->table, 1);
	if (r < 0)
		return r;
	name = strdup(key->name);
	if (!name)
		return -ENOMEM;
	*ret = hash_table_append(&homes->table, hash);
	*homes_at(homes, *ret) = (struct home){.root = key->root, .name = name};
	return 0;
}

int homes_find(struct homes *homes, uint32_t root, const char *name, struct home **ret)
{
	struct key key = {root, name};
	uint32_t hash = hash_of(homes, &key);
	uint32_t number = hash_table_find(&homes->table, hash, &key, same);
	int r = number == HASH_TABLE_NONE ? add(homes, &key, hash, &number) : 0;

	if (r < 0)
		return r;
	*ret = homes_at(homes, number);
	return 0;
}

struct home *homes_known(const struct homes *homes, uint32_t root, const char *name)
{
	struct key key = {root, name};
	uint32_t number = hash_table_find(&homes->table, hash_of(homes, &key), &key, same);

	return number == HASH_TABLE_NONE ? NULL : homes_at(homes, number);
}

uint64_t home_book(struct home *home, int64_t now_usec)
{
	int64_t until = min_i64(now_usec, home->seen_usec + HOMES_HOLD_USEC);
	uint128 whole;

	if (home->is_measured && !home->is_gone && until > home->until_usec) {
		home->fine += (uint128)home->bytes * (uint64_t)(until - home->until_usec);
		home->until_usec = until;
	}
	whole = home->fine / HOMES_FINE_PER_MIB_SEC;
	return whole > INT64_MAX ? INT64_MAX : (uint64_t)whole;
}

void home_take(struct home *home, uint64_t mib_sec)
{
	home->fine -= (uint128)mib_sec * HOMES_FINE_PER_MIB_SEC;
	home->start_usec = home->until_usec;
}

void home_measure(struct home *home, uint64_t bytes, int64_t now_usec)
{
	if (home->is_measured) {
		(void)home_book(home, now_usec); /* what it had before; it is taken later */
	} else {
		home->is_measured = true;
		home->start_usec = now_usec;
	}
	home->until_usec = now_usec;
	home->bytes = bytes;
}

void home_see(struct home *home, uint64_t round, int64_t now_usec)
{
	(void)home_book(home, now_usec); /* as far as the last sight reaches; it is taken later */
	if (home->is_gone || now_usec - home->seen_usec > HOMES_HOLD_USEC)
		home->is_measured = false; /* that was another life */
	home->round = round;
	home->seen_usec = now_usec;
	home->is_gone = false;
}

uint32_t homes_end_root(struct homes *homes, uint32_t root, int64_t now_usec)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < homes->table.count; i++) {
		struct home *home = homes_at(homes, i);

		if (home->root != root || home->round == homes->round || home->is_gone)
			continue;
		(void)home_book(home, now_usec); /* it is taken later */
		home->is_gone = true;
		n++;
	}
	return n;
}

uint32_t homes_count(const struct homes *homes, uint32_t root)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < homes->table.count; i++)
		n += homes_at(homes, i)->root == root && !homes_at(homes, i)->is_gone;
	return n;
}

static bool is_over(const struct home *home, int64_t now_usec)
{
	return home->fine < HOMES_FINE_PER_MIB_SEC &&
	       (home->is_gone || now_usec - home->seen_usec > HOMES_HOLD_USEC);
}

int homes_sweep(struct homes *homes, int64_t now_usec)
{
	struct homes kept;
	uint32_t n = 0;
	int r;

	for (uint32_t i = 0; i < homes->table.count; i++)
		n += !is_over(homes_at(homes, i), now_usec);
	if (n == homes->table.count)
		return 0;
	homes_init(&kept, homes->seed);
	kept.round = homes->round;
	r = hash_table_reserve(&kept.table, n);
	if (r < 0)
		return r;
	for (uint32_t i = 0; i < homes->table.count; i++) {
		struct home *home = homes_at(homes, i);
		struct key key = {home->root, home->name};

		if (is_over(home, now_usec))
			free(home->name);
		else
			*homes_at(&kept, hash_table_append(&kept.table, hash_of(&kept, &key))) =
				*home;
	}
	hash_table_release(&homes->table);
	*homes = kept;
	return 0;
}

void homes_shift(struct homes *homes, int64_t usec)
{
	for (uint32_t i = 0; i < homes->table.count; i++) {
		struct home *home = homes_at(homes, i);

		home->start_usec += usec;
		home->until_usec += usec;
		home->seen_usec += usec;
	}
}
