/* libc's rand() is another one on each system. */
#include "cli/demo/draw.h"

uint64_t draw_next(struct draw *draw)
{
	uint64_t z = draw->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

struct draw draw_for(uint64_t seed, enum draw_purpose purpose, uint64_t a, uint64_t b)
{
	struct draw draw = {.state = seed};

	draw.state = draw_next(&draw) ^ (uint64_t)purpose;
	draw.state = draw_next(&draw) ^ a;
	draw.state = draw_next(&draw) ^ b;
	return draw;
}

uint64_t draw_below(struct draw *draw, uint64_t bound)
{
	return draw_next(draw) % bound;
}

uint64_t draw_between(struct draw *draw, uint64_t low, uint64_t high)
{
	return low + draw_below(draw, high - low + 1);
}

bool draw_chance(struct draw *draw, unsigned ppm)
{
	return draw_below(draw, 1000000) < ppm;
}
