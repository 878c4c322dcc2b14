/*
 * Whether a plain batch says something a node can have lived through. Knows no encoding.
 *
 * The bounds, and why they are loose: the counters of one node are read some milliseconds apart
 * and a guest's CPU clock may run ahead of its steal time, so a short window may hold a little more
 * than its capacity. Twice the capacity plus a constant (60 core-seconds, one GiB for a minute,
 * 60 GPU-seconds) never refuses such a window, and still refuses a counter that wrapped, a unit
 * that was mistaken or a forged figure. A reservation is bounded row by row only: a hub may promise
 * its users together more than the node has. What the kernel measured has the same bound as what
 * was used, but the two need not agree: their difference is a finding, not a fault of the message.
 *
 * And what no node has, whatever it says of itself, per second of the window and a minute more:
 *
 *	CPU	65,536 cores: the largest machines under one Linux have some thousands
 *	memory	2^32 MiB (4 PiB): 64 times what five-level page tables of today's servers hold
 *	GPU	65,536 of them
 *	storage	2^40 MiB (1 EiB): more than the largest file systems of the world hold
 *	network	400 GB/s in each direction: eight ports of 400 Gbit/s at line rate
 *
 * Storage and network have no capacity to be measured by: each row is bounded by its own part of
 * the window, and all rows together by the window (imported usage, whose "node" may be a cluster:
 * by 64 nodes). So one honest slip, a unit mistaken or a counter wrapped, cannot fill a sum of 63
 * bits: with windows of a minute that takes 2^16 batches about one slot of one workload. Whoever
 * sends that many gets them refused by the database, at the cost of the own topic alone.
 */
#ifndef PROTO_VALIDATE_H
#define PROTO_VALIDATE_H

#include <stdbool.h>

#include "hubmeter/usage.h"
#include "proto/wire.h"

#define HM_WINDOW_MAX_USEC (40LL * 86400 * 1000 * 1000) /* a month's outage in one window */

/* What no node receives or sends, see above. */
#define HM_NET_BYTES_PER_SEC_MAX (400ULL * 1000 * 1000 * 1000)
#define HM_SLACK_SEC		 60

/* How long before it is sent imported usage may have ended: ten years. */
#define HM_IMPORTED_MAX_AGE_USEC (3653LL * 86400 * 1000 * 1000)

/*
 * Whether all of @batch comes from another accounting system: every row is flagged so and the node
 * row covers nothing. Such a batch may be HM_IMPORTED_MAX_AGE_USEC older than limits->max_age_usec,
 * and its node may have no capacity.
 */
bool hm_batch_is_imported(const struct hm_batch *batch);

/*
 * HM_REJECT_NONE, or the first reason to refuse @batch. Its columns must hold n_rows elements and
 * its strings be valid text; everything else is checked here.
 */
enum hm_reject hm_batch_validate(const struct hm_batch *batch, const struct hm_wire_limits *limits);

#endif
