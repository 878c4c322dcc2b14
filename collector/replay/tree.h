/*
 * A directory made like another one, again and again: how a node looked at one moment, then at the
 * next. What is in both stays the same file (a source that holds it open reads the new content, and
 * a cgroup keeps the inode that it is known by); what is new is made before what went is removed.
 *
 * Invariants
 *  - Nothing is read or written outside the two directories: symbolic links are refused (-ELOOP),
 * and so is all that is neither a file nor a directory (-EINVAL).
 *  - Owners are copied as far as that is allowed: whose a process is is said by its directory's.
 */
#ifndef COLLECTOR_REPLAY_TREE_H
#define COLLECTOR_REPLAY_TREE_H

#define TREE_DEPTH_MAX 32

/* Make what is below @to as what is below @from. -ELOOP also beyond TREE_DEPTH_MAX levels. */
int tree_follow(int from, int to);

/* Remove all that is below @dirfd. */
int tree_clear(int dirfd);

#endif
