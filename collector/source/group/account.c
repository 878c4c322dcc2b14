/*
 * Two rounds: to each what was expected of it, then what is left by how much more it can have done.
 */
#include "collector/source/group/account.h"

#include "collector/source/residual.h"
#include "common/bounds.h"

static uint64_t expected(const struct account_child *child)
{
	return min_u64(child->expected, child->most);
}

/* How much one may get at most. */
static uint64_t limit(const struct account *account, const struct account_child *child)
{
	if (!account->may_hide)
		return child->most;
	return min_u64(
		child->expected > UINT64_MAX / 2 ? UINT64_MAX : 2 * child->expected, child->most);
}

/* Returns what is left of @total. */
static uint64_t share_expected(struct account_child *child, size_t n, uint64_t total)
{
	uint64_t weights = 0, part, rest;

	for (size_t i = 0; i < n; i++)
		weights = saturating_add(weights, expected(&child[i]));
	part = min_u64(total, weights);
	rest = total - part;
	for (size_t i = 0; i < n; i++)
		child[i].share =
			residual_cut(&part, &weights, min_u64(expected(&child[i]), weights));
	return rest;
}

static uint64_t share_rest(
	const struct account *account, struct account_child *child, size_t n, uint64_t total)
{
	uint64_t weights = 0, part, rest;

	for (size_t i = 0; i < n; i++)
		weights = saturating_add(weights, limit(account, &child[i]) - child[i].share);
	part = min_u64(total, weights);
	rest = total - part;
	for (size_t i = 0; i < n; i++) {
		uint64_t room = limit(account, &child[i]) - child[i].share;

		child[i].share += residual_cut(&part, &weights, min_u64(room, weights));
	}
	return rest;
}

uint64_t account_gain(const struct account *account)
{
	return account->before + (account->after - account->before) / 2;
}

uint64_t account_settle(struct account *account, struct account_child *child, size_t n)
{
	uint64_t margin = (account->after - account->before + 1) / 2, rest, system;
	int64_t level = account->carried + (int64_t)account_gain(account) - (int64_t)account->known;

	for (size_t i = 0; i < n; i++)
		child[i].share = 0;
	account->carried = level;
	if (level <= 0)
		return 0;
	rest = share_expected(child, n, (uint64_t)level);
	rest = share_rest(account, child, n, rest);
	system = rest > margin ? rest - margin : 0;
	account->carried = (int64_t)(rest - system);
	return system;
}
