/* Commands that close months, and tell the ledger system. */
#include "cli/command/command_table.h"

#include "cli/command/ledger/close.h"
#include "cli/command/ledger/journal.h"

const struct command command_table_close[] = {
	{
		.name = "close",
		.subcommand = "list",
		.arguments = "",
		.run = close_list_run,
		.summary = "list months that are under review or closed",
		.help = "One row a month: its state, the last day of the review, who prepared and who closed\n"
			"it, and how much was waived. --institution CODE. --format table|csv|json.\n",
		.example = "hubmeter close list --institution northfield\n",
	},
	{
		.name = "close",
		.subcommand = "check",
		.arguments = "",
		.run = close_check_run,
		.summary = "list what stands in the way of closing a month",
		.help = "Of --institution CODE and --month YYYY-MM: usage that is not rated or funded, time that\n"
			"was not observed, batches that are missing, suspense, bills, plans and chart strings,\n"
			"each with the command that settles it. Exit status 1 when anything is neither settled\n"
			"nor waived. --format table|csv|json.\n",
		.example = "hubmeter close check --institution northfield --month 2026-09\n",
	},
	{
		.name = "close",
		.subcommand = "waive",
		.arguments = "ITEM [SUBJECT]",
		.n_arguments = 1,
		.takes_more = true,
		.run = close_waive_run,
		.summary = "close a month in spite of something",
		.help = "Waives what 'close check' names so, of one subject or of all, as it stands now; what\n"
			"gets worse is not waived. Needs --institution CODE, --month YYYY-MM, --reason TEXT and a\n"
			"login that is a member of hm_controller, which answers for it.\n",
		.example =
			"hubmeter close waive coverage --institution northfield --month 2026-09 --reason 'power failure'\n",
	},
	{
		.name = "close",
		.subcommand = "begin",
		.arguments = "",
		.run = close_begin_run,
		.summary = "have a month reviewed: its charges stand",
		.help = "Of --institution CODE and --month YYYY-MM, when nothing stands in the way any more. What\n"
			"is found out from now on is booked in the next month. Needs a login that is a member\n"
			"of hm_controller; another one closes the month.\n",
		.example = "hubmeter close begin --institution northfield --month 2026-09\n",
	},
	{
		.name = "close",
		.subcommand = "review",
		.arguments = "",
		.run = close_review_run,
		.summary = "list what a month is about to post",
		.help = "Of --institution CODE and --month YYYY-MM: which fund pays how much for which department,\n"
			"or the charge lines of --unit CODE, and the questions that wait. A steward sees the own\n"
			"departments. --format table|csv|json.\n",
		.example =
			"hubmeter close review --institution northfield --month 2026-09 --unit physics\n",
	},
	{
		.name = "close",
		.subcommand = "question",
		.arguments = "LINE",
		.n_arguments = 1,
		.run = close_question_run,
		.summary = "question a charge that is under review",
		.help = "For --reason TEXT, as a steward of the department that pays, or a controller. The month\n"
			"does not close before it is answered, or waived.\n",
		.example = "hubmeter close question 4711 --reason 'nobody worked that weekend'\n",
	},
	{
		.name = "close",
		.subcommand = "answer",
		.arguments = "QUESTION",
		.n_arguments = 1,
		.run = close_answer_run,
		.summary = "answer a question that a review brought up",
		.help = "With --reason TEXT. 'close check' lists questions by number. Needs a login that is a\n"
			"member of hm_controller.\n",
		.example = "hubmeter close answer 12 --reason 'it was a simulation of Zoe'\n",
	},
	{
		.name = "close",
		.subcommand = "repoint",
		.arguments = "LINE PLAN",
		.n_arguments = 2,
		.run = close_repoint_run,
		.summary = "have another plan pay for a charge under review",
		.help = "For --reason TEXT, as a steward of the department that pays, with a plan that is assigned\n"
			"to one of the own departments or their groups, or as a controller. It is funded so, in\n"
			"the month under review, with the next 'hubmeter rate'.\n",
		.example = "hubmeter close repoint 4711 lasers --reason 'work on Cold Atoms'\n",
	},
	{
		.name = "close",
		.subcommand = "finish",
		.arguments = "",
		.run = close_finish_run,
		.summary = "close a month that somebody else prepared, for ever",
		.help = "Posts the entries of --institution CODE and --month YYYY-MM, makes its journals and\n"
			"keeps its digests. Needs a login that is a member of hm_controller and did not\n"
			"begin the review.\n",
		.example = "hubmeter close finish --institution northfield --month 2026-09\n",
	},
	{
		.name = "close",
		.subcommand = "reopen",
		.arguments = "",
		.run = close_reopen_run,
		.summary = "take a month out of its review",
		.help = "Its charges may change again, and what was booked in the next month meanwhile comes\n"
			"back with the next 'hubmeter rate'. A closed month stays closed. Needs --institution\n"
			"CODE, --month YYYY-MM, --reason TEXT and a login that is a member of hm_controller.\n",
		.example =
			"hubmeter close reopen --institution northfield --month 2026-09 --reason 'a node was forgotten'\n",
	},
	{
		.name = "close",
		.subcommand = "verify",
		.arguments = "",
		.run = close_verify_run,
		.summary = "prove that closed months are what they were",
		.help = "Computes the SHA-256 digests of usage, charges and entries of closed months again, of\n"
			"--institution CODE or all, and compares. Exit status 1, and the day, when anything is\n"
			"not as it was. --format table|csv|json.\n",
		.example = "hubmeter close verify\n",
	},
	{
		.name = "ledger",
		.subcommand = "balance",
		.arguments = "",
		.run = ledger_balance_run,
		.summary = "print the trial balance",
		.help = "What was posted, by account: debits and credits of an institution's month are the same,\n"
			"what is due from all and due to all adds up to zero. --institution CODE, --month\n"
			"YYYY-MM. --format table|csv|json.\n",
		.example = "hubmeter ledger balance --month 2026-09\n",
	},
	{
		.name = "journal",
		.subcommand = "list",
		.arguments = "",
		.run = journal_list_run,
		.summary = "list the journals of closed months",
		.help = "Lines, sum of the debits, who prepared and closed the month, and what the ledger system\n"
			"said. --institution CODE, --month YYYY-MM. --format table|csv|json.\n",
		.example = "hubmeter journal list --institution northfield\n",
	},
	{
		.name = "journal",
		.subcommand = "export",
		.arguments = "JOURNAL",
		.n_arguments = 1,
		.run = journal_export_run,
		.summary = "write a journal for the ledger system",
		.help = "Of --institution CODE, to --directory DIR (here): the canonical CSV file, or with\n"
			"--template NAME|FILE a feed (kfs, kfs-collector, banner, or your own), and a manifest,\n"
			"written last. The same bytes each time; a file that differs is never replaced.\n",
		.example =
			"hubmeter journal export NORT2026090001 --institution northfield --template kfs\n",
	},
	{
		.name = "journal",
		.subcommand = "answer",
		.arguments = "FILE.csv|-",
		.n_arguments = 1,
		.run = journal_answer_run,
		.summary = "record what the ledger system accepted or refused",
		.help = "Columns: batch_id, line_no (* is all), status (accepted or rejected), reason. Refused\n"
			"lines are taken back in the month that is open, against suspense. Needs --institution\n"
			"CODE and a login that is a member of hm_controller. All of the file or nothing.\n",
		.example = "hubmeter journal answer answer.csv --institution northfield\n",
	},
};

const size_t command_table_close_size =
	sizeof(command_table_close) / sizeof(command_table_close[0]);
