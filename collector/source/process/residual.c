/*
 * The kernel keeps the CPU of a process that was waited for in its parent. This is the
 * arithmetic that finds it there again.
 */
#include "collector/source/process/residual.h"

typedef unsigned __int128 u128;

static uint64_t sum(const uint64_t *value, size_t n)
{
	uint64_t total = 0;

	for (size_t i = 0; i < n; i++)
		if (__builtin_add_overflow(total, value[i], &total))
			return 0; /* absurd weights: as good as none */
	return total;
}

static uint64_t weight_of(const uint64_t *weight, size_t i, uint64_t total_weight)
{
	return total_weight ? weight[i] : 1;
}

/* Which of those that have not got an extra unit yet has the largest remainder. */
static size_t largest_remainder(uint64_t total, const uint64_t *weight, size_t n,
	uint64_t total_weight, uint64_t divisor, const uint64_t *share)
{
	size_t best = n;
	uint64_t best_remainder = 0;

	for (size_t i = 0; i < n; i++) {
		u128 product = (u128)total * weight_of(weight, i, total_weight);
		uint64_t remainder = (uint64_t)(product % divisor);

		if (share[i] > (uint64_t)(product / divisor))
			continue;
		if (best == n || remainder > best_remainder) {
			best = i;
			best_remainder = remainder;
		}
	}
	return best;
}

static void share_by_weight(uint64_t total, const uint64_t *weight, size_t n, uint64_t *ret_share)
{
	uint64_t total_weight = sum(weight, n);
	uint64_t divisor = total_weight ? total_weight : n;
	uint64_t rest = total;

	for (size_t i = 0; i < n; i++) {
		u128 product = (u128)total * weight_of(weight, i, total_weight);

		ret_share[i] = (uint64_t)(product / divisor);
		rest -= ret_share[i];
	}
	for (; rest > 0; rest--)
		ret_share[largest_remainder(total, weight, n, total_weight, divisor, ret_share)]++;
}

uint64_t residual_share(
	uint64_t total, const uint64_t *weight, size_t n, uint64_t cap, uint64_t *ret_share)
{
	uint64_t left_over = 0;

	if (n == 0)
		return total;
	share_by_weight(total, weight, n, ret_share);
	for (size_t i = 0; i < n; i++) {
		if (ret_share[i] <= cap)
			continue;
		left_over += ret_share[i] - cap;
		ret_share[i] = cap;
	}
	for (size_t i = 0; i < n && left_over > 0; i++) {
		uint64_t room = cap - ret_share[i];
		uint64_t extra = left_over < room ? left_over : room;

		ret_share[i] += extra;
		left_over -= extra;
	}
	return left_over;
}

static uint64_t most_it_can_hold(uint64_t counter, uint64_t tick_nsec)
{
	uint64_t most;

	return __builtin_add_overflow(counter, 2 * tick_nsec, &most) ? UINT64_MAX : most;
}

bool residual_holds(uint64_t counter, uint64_t explained, uint64_t nsec, uint64_t tick_nsec)
{
	uint64_t most = most_it_can_hold(counter, tick_nsec);

	return explained <= most && nsec <= most - explained;
}

uint64_t residual_clamp(uint64_t counter, uint64_t explained, uint64_t tick_nsec)
{
	uint64_t most = most_it_can_hold(counter, tick_nsec);

	return explained < most ? explained : most;
}
