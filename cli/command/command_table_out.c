/* Commands that say where money is, ask why, and look after the path. */
#include "cli/command/admission.h"
#include "cli/command/command_table.h"
#include "cli/command/demo.h"
#include "cli/command/doctor.h"
#include "cli/command/explain.h"
#include "cli/command/export.h"
#include "cli/command/ingest.h"
#include "cli/command/kafka/kafka.h"
#include "cli/command/metrics.h"
#include "cli/command/money/alerts.h"
#include "cli/command/money/budget.h"
#include "cli/command/money/fund.h"
#include "cli/command/quarantine/quarantine.h"
#include "cli/command/replay/replay.h"
#include "cli/command/report.h"
#include "cli/command/suspense.h"
#include "cli/command/topic.h"

const struct command command_table_out[] = {
	{
		.name = "export",
		.subcommand = "focus",
		.arguments = REPORT_MONTH,
		.run = export_focus_run,
		.summary = "write the charges of a month as a FOCUS 1.2 file",
		.help = "CSV on standard output, in the columns of the FinOps Open Cost and Usage Specification:\n"
			"a row per UTC day, department, group, hub, class, resource and price, and per fee, of\n"
			"what is booked in the month; nobody is named. --institution CODE limits it to one.\n"
			"BilledCost adds up to the reports exactly. For programs: names are as they are, also\n"
			"those that a spreadsheet would take for a formula. What is missing is said on standard\n"
			"error.\n",
		.example =
			"hubmeter export focus --institution northfield --month 2026-09 > focus.csv\n",
	},
	{
		.name = "fund",
		.subcommand = "list",
		.arguments = "",
		.run = fund_list_run,
		.summary = "list funds and what is left of them",
		.help = "What each is worth today, what it paid, all in all and this month, what is left, its\n"
			"period of performance and whether it may still pay. --institution CODE limits it to\n"
			"one. --format csv|json and --exact show exact figures.\n",
		.example = "hubmeter fund list --institution northfield\n",
	},
	{
		.name = "fund",
		.subcommand = "show",
		.arguments = "FUND",
		.n_arguments = 1,
		.run = fund_show_run,
		.summary = "show a fund, its amendments and plans",
		.help = "Its figures, its award and amendments in order, the legs of plans by which it pays,\n"
			"and whose charges these plans pay. --institution CODE says whose fund it is, where\n"
			"several have one of that code. --format json is one object, csv one table after the\n"
			"other.\n",
		.example = "hubmeter fund show nsf-1 --institution northfield\n",
	},
	{
		.name = "fund",
		.subcommand = "statement",
		.arguments = "FUND " REPORT_MONTH,
		.n_arguments = 1,
		.run = fund_statement_run,
		.summary = "list the movements of a fund",
		.help = "Award, amendments, and charges by usage month and plan, in order, with the balance\n"
			"after each. Without --month all of them; with it those that are booked then, and\n"
			"what was brought forward. --institution CODE says whose fund it is, where several\n"
			"have one of that code. --format csv|json and --exact show exact figures.\n",
		.example = "hubmeter fund statement nsf-1 --institution northfield\n",
	},
	{
		.name = "budget",
		.subcommand = "status",
		.arguments = "",
		.run = budget_status_run,
		.summary = "list budgets, what is spent and if they last",
		.help = "Of the fiscal year it is now, or of --fiscal-year YEAR: budget, delegated, spent by the\n"
			"department and all below it, available, the pace of the last 28 complete days, what\n"
			"will be spent by the end of the year at that pace and at those of the slowest and the\n"
			"fastest week of these days, and the day on which the budget is exceeded.\n"
			"--institution CODE and --unit CODE limit it. --format csv|json and --exact show exact\n"
			"figures.\n",
		.example = "hubmeter budget status --institution northfield --fiscal-year 2026\n",
	},
	{
		.name = "alerts",
		.subcommand = "list",
		.arguments = "",
		.run = alerts_list_run,
		.summary = "list alerts of budgets and funds",
		.help = "One row each time a threshold ('hubmeter import thresholds') of a budget or of a fund\n"
			"with an amount was crossed, and whether it was delivered. --institution CODE limits\n"
			"it to one. --format table|csv|json.\n",
		.example = "hubmeter alerts list\n",
	},
	{
		.name = "alerts",
		.subcommand = "send",
		.arguments = "",
		.run = alerts_send_run,
		.summary = "send alerts to a webhook",
		.help = "Posts every alert that was not delivered to --alert-webhook URL as JSON, at least once\n"
			"(its id tells them apart), signed with the secret in --alert-secret-file FILE:\n"
			"X-Hubmeter-Signature: sha256=HMAC-SHA256 of the body. What fails is tried again, after\n"
			"1, 2, 4 and 8 seconds. With --follow it stays, and sends within seconds what comes.\n",
		.example =
			"hubmeter alerts send --alert-webhook https://hooks.example.org/hubmeter \\\n"
			"  --alert-secret-file /etc/hubmeter/alert.secret\n",
	},
	{
		.name = "metrics",
		.arguments = "",
		.run = metrics_run,
		.summary = "print budgets, funds, bills and rating for Prometheus",
		.help = "In its text format, exact: amount, spent and forecast of the budgets of this fiscal year,\n"
			"what is left of funds, the difference of bills, hub-days that are not rated. For the\n"
			"textfile collector of node_exporter: rules for alerts are in deploy/prometheus/.\n"
			"--institution CODE limits it to one.\n",
		.example =
			"hubmeter metrics > hubmeter.prom.new && mv hubmeter.prom.new hubmeter.prom\n",
	},
	{
		.name = "can-spawn",
		.arguments = "",
		.run = can_spawn_run,
		.summary = "ask whether a server may start, and hold what it may cost",
		.help = "Needs --hub, --user, --hours and at least one of --cpu, --memory and --gpu; --server,\n"
			"--class and --tag where it has one. What the server may cost in that time is held until\n"
			"'hubmeter lien release' or two hours after it; with --no-hold it is only asked. The\n"
			"same again within a quarter of an hour is the same lien. Exit status 0: it may start;\n"
			"3: it is refused, for the reason printed. --format table|csv|json.\n",
		.example =
			"hubmeter can-spawn --hub physics-hub --user ada --cpu 4 --hours 8 --no-hold\n",
	},
	{
		.name = "lien",
		.subcommand = "list",
		.arguments = "",
		.run = lien_list_run,
		.summary = "list what is held for servers",
		.help = "One row for each fund that a lien holds money of: for whom and since when, what it held\n"
			"first, what was charged of that, and what it still holds. --institution CODE limits\n"
			"it to one. --format table|csv|json.\n",
		.example = "hubmeter lien list\n",
	},
	{
		.name = "lien",
		.subcommand = "release",
		.arguments = "[LIEN]",
		.takes_more = true,
		.run = lien_release_run,
		.summary = "release what is held for a server",
		.help = "The lien of that number, or of the server that --hub, --user and --server name; --reason\n"
			"TEXT says why. One that was released stays as it is.\n",
		.example =
			"hubmeter lien release --hub physics-hub --user ada --reason 'the node died'\n",
	},
	{
		.name = "admission",
		.arguments = "",
		.run = admission_run,
		.summary = "answer hubs that ask whether servers may start",
		.help = "Serves HTTP on --listen ADDRESS:PORT to hubs that show the token in --token-file, until\n"
			"it gets SIGTERM: POST /v1/can-spawn and /v1/release, GET /healthz. --hub limits it to\n"
			"servers of some hubs, --connections its connections to the database. docs/admission.md\n"
			"shows what to put into jupyterhub_config.py.\n",
		.example =
			"hubmeter admission --listen 127.0.0.1:8085 --token-file /etc/hubmeter/admission.token\n",
	},
	{
		.name = "explain",
		.arguments = "LINE",
		.n_arguments = 1,
		.run = explain_run,
		.summary = "say why a charge is what it is",
		.help = "From the usage, slot by slot, and the row of the price book to who pays by which\n"
			"rule, and the rows that the rule stands on. LINE is a number that 'hubmeter report\n"
			"detail' shows. --format json for programs.\n",
		.example = "hubmeter explain 4711\n",
	},
	{
		.name = "suspense",
		.subcommand = "list",
		.arguments = REPORT_MONTH,
		.run = suspense_list_run,
		.summary = "list usage that nobody pays for, and why",
		.help = "What is missing to name a department: an alias, a membership, the department of a\n"
			"group. Import it, or say who pays with 'hubmeter suspense assign'; then rate.\n" REPORT_HELP,
		.example = "hubmeter suspense list --month last\n",
	},
	{
		.name = "suspense",
		.subcommand = "assign",
		.arguments = "HUB USERNAME",
		.n_arguments = 2,
		.run = suspense_assign_run,
		.summary = "say who pays for usage in suspense",
		.help = "Needs --institution CODE, --unit CODE and --reason TEXT; --tag TAG for servers with\n"
			"that tag, --valid-from and --valid-to for a time. Counts where nothing else names a\n"
			"department, and is a row of the kind settlements: 'hubmeter void settlements' undoes\n"
			"it. --dry-run says what would change.\n",
		.example =
			"hubmeter suspense assign physics-hub guest --institution northfield --unit physics \\\n"
			"  --reason 'summer school'\n",
	},
	{
		.name = "topic",
		.subcommand = "create",
		.arguments = "HUB",
		.n_arguments = 1,
		.run = topic_create_run,
		.summary = "make a hub's Kafka topic",
		.help = "Makes usage.HUB.v1 with --partitions N. Leaves a topic that exists as it is.\n",
		.example = "hubmeter topic create physics-hub --partitions 6\n",
	},
	{
		.name = "topic",
		.subcommand = "list",
		.arguments = "",
		.run = topic_list_run,
		.summary = "list the usage topics",
		.help = "One row each: hub, partitions, records held. --format table|csv|json.\n",
		.example = "hubmeter topic list\n",
	},
	{
		.name = "ingest",
		.subcommand = "accept-gap",
		.arguments = "TOPIC PARTITION",
		.n_arguments = 2,
		.run = ingest_accept_gap_run,
		.summary = "go on behind records that are gone",
		.help = "For a partition that is stopped because what must come next is not there (\"hubmeter\n"
			"doctor\" says which and why). --from OFFSET --to OFFSET are the first and the last\n"
			"that are given up; --from must be where it was read to. --reason TEXT is kept with\n"
			"it in ingest.decision. A running aggregator goes on within seconds.\n",
		.example =
			"hubmeter ingest accept-gap usage.physics-hub.v1 0 --from 4711 --to 4799 \\\n"
			"  --reason 'deleted by retention while the database was moved'\n",
	},
	{
		.name = "ingest",
		.subcommand = "restart",
		.arguments = "TOPIC PARTITION",
		.n_arguments = 2,
		.run = ingest_restart_run,
		.summary = "read a topic that was made anew from its start",
		.help = "For a partition that is stopped because its topic was deleted and made anew: what was\n"
			"not read of the old one is given up. --from OFFSET, 0 if not given, is the first\n"
			"that is read of the new one; what comes again is dropped as ever. --reason TEXT is\n"
			"kept with it in ingest.decision. A running aggregator goes on within seconds.\n",
		.example =
			"hubmeter ingest restart usage.physics-hub.v1 0 --reason 'made anew by mistake'\n",
	},
	{
		.name = "ingest",
		.subcommand = "quarantine",
		.arguments = "ACT [ID]...",
		.n_arguments = 1,
		.takes_more = true,
		.run = quarantine_run,
		.summary = "look at what was refused, take it or give it up",
		.help = "Messages that could not be understood or believed are kept whole. ACT is one of\n"
			"  list     by topic and reason, or --each; --topic, --hub, --refused REASON and\n"
			"           --since TIME limit it, --all has also what is not open any more\n"
			"  show ID  all that is known of one; --payload FILE saves it\n"
			"  retry    take those of these numbers, or the open ones of --topic or --hub, by\n"
			"           today's rules, each exactly once. --shift +TIME|-TIME dates them anew\n"
			"           where the node's clock was wrong, with --reason TEXT. --max-age TIME\n"
			"           takes what was written that late. Runs hubmeter-aggregator once\n"
			"  discard  give them up, with --reason TEXT: they stay, marked; --drop-payload\n"
			"           throws the messages themselves away\n"
			"What is done is kept in ingest.quarantine_act. Needs a member of hm_owner.\n",
		.example =
			"hubmeter ingest quarantine list\n"
			"hubmeter ingest quarantine retry --hub physics-hub --refused window_future \\\n"
			"  --shift=-3d --reason 'clock of n1 was three days ahead'\n",
	},
	{
		.name = "ingest",
		.subcommand = "replay",
		.arguments = "",
		.run = replay_run,
		.summary = "make the usage anew from Kafka, and compare",
		.help = "Makes the database --into-new DATABASE beside the live one, with the same schema, and\n"
			"has hubmeter-aggregator read into it what the live one had read, --from beginning\n"
			"(the default) or an offset. Then every row of usage is compared, by hub and table, or\n"
			"--each that differs. Exit status 0: all equal. The live database is only read, and\n"
			"goes on; the new one stays, and is yours to drop. What may differ for a reason stands\n"
			"beside it. Needs the right to make databases, and kafka.* for a group of its own,\n"
			"hubmeter-replay-DATABASE.\n",
		.example = "hubmeter ingest replay --from beginning --into-new usage_again\n",
	},
	{
		.name = "kafka",
		.subcommand = "grant",
		.arguments = "HUB",
		.n_arguments = 1,
		.run = kafka_grant_run,
		.summary = "make a hub's topic, and let the hub alone write to it",
		.help = "Makes usage.HUB.v1 with --partitions, --replication and --retention, dated by the\n"
			"broker, and lets --principal (User:CN=HUB) write to it, and to nothing else. What is\n"
			"there already stays, and is set right. Warns of others who may write. Needs kafka.*\n"
			"settings of a super user. --dry-run says what would change.\n",
		.example = "hubmeter kafka grant physics-hub --retention 30d --dry-run\n",
	},
	{
		.name = "kafka",
		.subcommand = "revoke",
		.arguments = "HUB",
		.n_arguments = 1,
		.run = kafka_revoke_run,
		.summary = "let a hub no longer write",
		.help = "Removes what rules --principal (User:CN=HUB) has for the hub's topics. The topic and\n"
			"what it holds stay without --delete-topic. Collectors keep what they can't send.\n",
		.example = "hubmeter kafka revoke physics-hub --dry-run\n",
	},
	{
		.name = "doctor",
		.arguments = "",
		.run = doctor_run,
		.summary = "check the whole path and say what to do",
		.help = "One line each check: ok, WARN or FAIL, what is wrong and what to do. What can't be\n"
			"checked for a reason that was already given is left out. Exit status 1 when\n"
			"anything FAILs.\n",
		.example = "hubmeter doctor --silent-after 10m\n",
	},
	{
		.name = "demo",
		.subcommand = "federation",
		.arguments = "",
		.run = demo_federation_run,
		.summary = "write a federation that does not exist, to try it all",
		.help = "Three institutions, 40 departments, 2,000 people and 60 grants in the year 2025, as the\n"
			"files that imports take, into --directory DIR, with a README.txt of the commands. The\n"
			"same --seed N and --scale full|small are the same bytes on every machine. A file that\n"
			"is there with other content is never replaced.\n",
		.example = "mkdir demo\nhubmeter demo federation --scale small --directory demo\n",
	},
	{
		.name = "demo",
		.subcommand = "load",
		.arguments = "DIR",
		.n_arguments = 1,
		.run = demo_load_run,
		.summary = "bring such a federation into an empty database",
		.help = "All that is known at the start of what 'demo federation' wrote into DIR; the late files\n"
			"are for later, as its README.txt says. Refuses a database that has institutions. Its\n"
			"usage was never measured and does not pass through Kafka: for a demonstration only.\n",
		.example = "hubmeter demo load demo --postgres 'dbname=demo'\n",
	},
	{
		.name = "demo",
		.subcommand = "nodes",
		.arguments = "FILE.csv",
		.n_arguments = 1,
		.run = demo_nodes_run,
		.summary = "load a demonstration's machines",
		.help = "Columns: hub, node, class, start, end, cores, memory_mib, gpus; one row for each time in\n"
			"which a machine was observed. Refuses a database that is no demonstration.\n",
		.example = "hubmeter demo nodes demo/nodes.csv --postgres 'dbname=demo'\n",
	},
	{
		.name = "demo",
		.subcommand = "usage",
		.arguments = "FILE.csv",
		.n_arguments = 1,
		.run = demo_usage_run,
		.summary = "load a demonstration's usage",
		.help = "A file as 'hubmeter import usage' takes it, added to the database as if it had been\n"
			"measured. The same file twice counts twice. Refuses a database that is no\n"
			"demonstration: one with institutions or hubs whose names do not begin with demo-.\n",
		.example =
			"hubmeter demo usage demo/late-2025-01-usage-1.csv --postgres 'dbname=demo'\n",
	},
};

const size_t command_table_out_size = sizeof(command_table_out) / sizeof(command_table_out[0]);
