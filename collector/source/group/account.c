/*
 * Two rounds: to each what was expected of it, then what is left by how much more it can have done.
 */
#include "collector/source/group/account.h"

#include "collector/source/residual.h"

static uint64_t at_most(uint64_t value, uint64_t most)
{
	return value < most ? value : most;
}

static uint64_t expected(const struct account_child *child)
{
	return at_most(child->expected, child->most);
}

/* How much one may get at most. */
static uint64_t limit(const struct account *account, const struct account_child *child)
{
	if (!account->may_hide)
		return child->most;
	return at_most(
		child->expected > UINT64_MAX / 2 ? UINT64_MAX : 2 * child->expected, child->most);
}

static uint64_t add(uint64_t a, uint64_t b)
{
	uint64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

/* Returns what is left of @total. */
static uint64_t share_expected(struct account_child *child, size_t n, uint64_t total)
{
	uint64_t weights = 0, part, rest;

	for (size_t i = 0; i < n; i++)
		weights = add(weights, expected(&child[i]));
	part = at_most(total, weights);
	rest = total - part;
	for (size_t i = 0; i < n; i++)
		child[i].share =
			residual_cut(&part, &weights, at_most(expected(&child[i]), weights));
	return rest;
}

static uint64_t share_rest(
	const struct account *account, struct account_child *child, size_t n, uint64_t total)
{
	uint64_t weights = 0, part, rest;

	for (size_t i = 0; i < n; i++)
		weights = add(weights, limit(account, &child[i]) - child[i].share);
	part = at_most(total, weights);
	rest = total - part;
	for (size_t i = 0; i < n; i++) {
		uint64_t room = limit(account, &child[i]) - child[i].share;

		child[i].share += residual_cut(&part, &weights, at_most(room, weights));
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
