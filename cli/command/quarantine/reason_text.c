/* One line for each of enum hm_reject. */
#include "cli/command/quarantine/reason_text.h"

#include <stddef.h>
#include <string.h>

#include "proto/wire.h"

static const char *const texts[] = {
	[HM_REJECT_MALFORMED] = "it is not a message of usage at all",
	[HM_REJECT_ARENA_EXHAUSTED] = "it needs more memory than a message may: retry it with a "
				      "larger flush_memory in --aggregator-config",
	[HM_REJECT_IDENTITY] = "stream, boot id, sequence or node are missing or ill-formed",
	[HM_REJECT_HUB_MISMATCH] = "it names another hub than its topic",
	[HM_REJECT_STRING] = "a text in it is too long, not UTF-8, or holds a NUL",
	[HM_REJECT_TOO_MANY_ROWS] = "it has more rows than a message may",
	[HM_REJECT_COLUMN_LENGTH] = "its columns differ in length",
	[HM_REJECT_DICTIONARY_INDEX] = "its dictionary does not fit its rows",
	[HM_REJECT_UNKNOWN_VALUE] = "a kind or flag that this version does not know: a newer "
				    "aggregator may, retry it with one",
	[HM_REJECT_WINDOW] = "its window is empty, negative or longer than 40 days",
	[HM_REJECT_WINDOW_FUTURE] = "its window ended after it was written: the node's clock was "
				    "ahead, retry it with --shift",
	[HM_REJECT_WINDOW_TOO_OLD] = "its window ended too long before it was written: retry it "
				     "with --max-age if that is true, with --shift if the node's "
				     "clock was behind",
	[HM_REJECT_ROW_WINDOW] = "a row lies outside its window",
	[HM_REJECT_ABSURD_QUANTITY] = "it says more than a node can have used",
	[HM_REJECT_OVERFLOW] = "a sum with it does not fit 63 bits, or the database refuses a "
			       "value in it",
	[HM_REJECT_CONSERVATION] = "the node's sum is not that of its rows",
	[HM_REJECT_TOO_MANY_NAMES] = "its hub names more nodes than it may: raise most_nodes in "
				     "usage.hub, then retry it",
	[HM_REJECT_STREAM_NODE] = "its stream belongs to another node: two machines were made from "
				  "one image with one spool",
	[HM_REJECT_STREAM_GAPS] = "too many batches before it are missing to tell that it is new: "
				  "retry it when those have come",
};

const char *reason_text(const char *name)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i] && strcmp(hm_reject_name((enum hm_reject)i), name) == 0)
			return texts[i];
	return "";
}
