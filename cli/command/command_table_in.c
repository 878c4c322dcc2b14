/* Commands that prepare the database and bring data in, or take it back. */
#include "cli/command/command_table.h"

#include "cli/command/import/import.h"
#include "cli/command/import/import_hub.h"
#include "cli/command/import/import_roster.h"
#include "cli/command/import/import_usage.h"
#include "cli/command/migrate.h"
#include "cli/command/report.h"

#define ROSTER_HELP                                                                                \
	"All of it or nothing; --dry-run says what would change. Needs --institution and --hub.\n" \
	"With --replace the files are the whole truth: who is missing from them left now.\n"

const struct command command_table_in[] = {
	{
		.name = "migrate",
		.arguments = "",
		.run = migrate_run,
		.summary = "bring the database's schema up to date",
		.help = "Applies what --sql-dir has and the database has not. Run again it does nothing.\n"
			"Refuses when the database is newer than the files, or when a file is not what\n"
			"was applied. The user must be a superuser or a member of hm_owner.\n",
		.example = "hubmeter migrate\n",
	},
	{
		.name = "import",
		.subcommand = "org",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_org_run,
		.summary = "import institutions, units and hubs",
		.help = "Columns: institution, time_zone, currency, unit, parent, name, hub, valid_from,\n"
			"valid_to, fiscal_year_start, unfunded_servers. A row declares an institution, a unit\n"
			"of it, or a hub of\n"
			"it. Parents and hubs change now, or when valid_from and valid_to say.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("org",
			"institution,time_zone,currency,unit,parent,name,hub\n"
			"northfield,America/New_York,USD,,,Northfield University,\n"
			"northfield,,,physics,,Department of Physics,\n"
			"northfield,,,,,,physics-hub\n"),
	},
	{
		.name = "import",
		.subcommand = "people",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_people_run,
		.summary = "import people and their names on hubs",
		.help = "Columns: person, name, hub, username, valid_from, valid_to; one row per name on a\n"
			"hub. Without valid_from and valid_to a name is the person's for ever.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("people", "person,name,hub,username\n"
						    "p-1001,Ada Byron,physics-hub,ada\n"),
	},
	{
		.name = "import",
		.subcommand = "memberships",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_memberships_run,
		.summary = "import who belongs to which unit",
		.help = "Columns: person, institution, unit, valid_from, valid_to, home. The unit with home\n"
			"yes pays.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("memberships",
			"person,institution,unit,valid_from,valid_to,home\n"
			"p-1001,northfield,physics,2026-01-01,,yes\n"),
	},
	{
		.name = "import",
		.subcommand = "groups",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_groups_run,
		.summary = "import courses, labs, projects and services",
		.help = "Columns: institution, group, kind, name, unit, hub, policy, valid_from, valid_to. A\n"
			"row declares a group, says which unit pays for it, or which hub is there for it; a\n"
			"row without a group says the institution's policy for people in several groups.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("groups",
			"institution,group,kind,name,unit,hub,policy,valid_from,valid_to\n"
			"northfield,lasers,lab,Laser Lab,physics,,,2026-01-01,\n"
			"northfield,phys-101,course,Mechanics,physics,,,2026-09-01,2027-01-01\n"
			"northfield,,,,,,weights,2026-01-01,\n"),
	},
	{
		.name = "import",
		.subcommand = "members",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_members_run,
		.summary = "import who is in which group",
		.help = "Columns: person, institution, group, role, weight, default, valid_from, valid_to.\n"
			"Usage of a server that is tagged with the group is the group's; untagged usage is\n"
			"the default group's, or the only one's.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("members",
			"person,institution,group,role,default,valid_from,valid_to\n"
			"p-1001,northfield,lasers,pi,yes,2026-01-01,\n"),
	},
	{
		.name = "import",
		.subcommand = "prices",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_prices_run,
		.summary = "import the price book",
		.help = "Columns: institution, resource, class, rate, market_rate, valid_from, valid_to,\n"
			"rate_class. The rate is for a core-hour, GiB-hour, GPU-hour or GiB.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("prices",
			"institution,resource,class,rate,market_rate,valid_from,valid_to\n"
			"northfield,cpu,,0.013,0.0416,2026-01-01,\n"
			"northfield,memory,,0.00175,0.0052,2026-01-01,\n"),
	},
	{
		.name = "import",
		.subcommand = "usage",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_usage_run,
		.summary = "send usage that another accounting system knows",
		.help = "Columns: hub, node, workload, kind, username, server, tag, class, start, end and\n"
			"at least one of cpu_core_seconds, cpu_reserved_core_seconds, memory_mib_seconds,\n"
			"memory_reserved_mib_seconds, gpu_seconds, gpu_reserved_seconds,\n"
			"storage_mib_seconds, net_rx_bytes, net_tx_bytes.\n"
			"One row per interval of at most 400 days: used in all, spread evenly. The same\n"
			"file twice counts once.\n"
			"--dry-run sends nothing, --wait returns when it is in the database.\n",
		.example =
			"cat > usage.csv <<'END'\n"
			"hub,node,workload,kind,username,server,tag,class,start,end,cpu_core_seconds\n"
			"physics-hub,node-17,job-4711,job,ada,,,,2025-10-05T08:00:00Z,2025-10-05T20:30:00Z,"
			"86400\n"
			"END\n"
			"hubmeter import usage usage.csv --dry-run\n",
	},
	{
		.name = "import",
		.subcommand = "customers",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_customers_run,
		.summary = "import institutions that pay external rates",
		.help = "Columns: provider, institution, rate_class, valid_from, valid_to. On the provider's\n"
			"hubs people of the institution pay the rates of that class, where there are any.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("org",
			"institution,time_zone,currency,unit,name\n"
			"southfield,America/New_York,USD,,Southfield College\n")
			IMPORT_EXAMPLE("customers", "provider,institution,rate_class\n"
						    "northfield,southfield,external academic\n"),
	},
	{
		.name = "import",
		.subcommand = "rate-studies",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_rate_studies_run,
		.summary = "import where rates come from",
		.help = "Columns: institution, resource, class, period_start, period_end, cost_pool,\n"
			"carried_over, projected_units, actual_cost, actual_units. The rate that follows, and\n"
			"what to carry on, is in report.rate_study.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("rate-studies",
			"institution,resource,period_start,period_end,cost_pool,carried_over,projected_units\n"
			"northfield,cpu,2026-07-01,2027-07-01,180000,12000,14000000\n"),
	},
	{
		.name = "import",
		.subcommand = "fees",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_fees_run,
		.summary = "import fees for active users and memberships",
		.help = "Columns: institution, fee, kind, name, unit, annual_fee, included_users, hubs, tiers,\n"
			"first_month, last_month. A fee for active users counts a user once a month on all of\n"
			"its hubs, by graduated tiers; a membership is a twelfth of the annual fee each month.\n"
			"The department pays.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("fees",
			"institution,fee,kind,name,unit,annual_fee,hubs,tiers,first_month\n"
			"northfield,mau,active users,Monthly active users,physics,,physics-hub,"
			"0:10 10:5 100:2.5 1000:1.25 10000:0,2026-10\n"
			"northfield,member,membership,Advanced,physics,24000,,,2026-01\n"),
	},
	{
		.name = "import",
		.subcommand = "service-accounts",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_service_accounts_run,
		.summary = "import user names that are no people",
		.help = "Columns: hub, username. Fees do not count them. The file is all service accounts of\n"
			"the hubs that it names.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("service-accounts",
			"hub,username\n"
			"physics-hub,deployment-service-check\n"),
	},
	{
		.name = "prices",
		.subcommand = "plan",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = prices_plan_run,
		.summary = "say what prices would change",
		.help = "What 'hubmeter prices apply' would make of the file: what is charged already and would\n"
			"be charged otherwise, by institution, month and department. Changes nothing.\n",
		.example = IMPORT_EXAMPLE_OF("prices plan", "prices",
			"institution,resource,class,rate,valid_from,valid_to\n"
			"northfield,gpu,,1.803,2026-01-01,\n"),
	},
	{
		.name = "prices",
		.subcommand = "apply",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_prices_run,
		.summary = "import the price book, as import prices",
		.help = "A change of a rate is a new row: the one that it replaces is voided.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE_OF("prices apply", "prices",
			"institution,resource,class,rate,valid_from,valid_to\n"
			"northfield,gpu,,1.803,2026-01-01,\n"),
	},
	{
		.name = "import",
		.subcommand = "settlements",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_settlements_run,
		.summary = "import who pays for usage in suspense",
		.help = "Columns: hub, username, tag, institution, unit, reason, valid_from, valid_to. The\n"
			"department pays where nothing else names one, for the reason given.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("settlements",
			"hub,username,tag,institution,unit,reason\n"
			"physics-hub,visitor,,northfield,physics,guest of the summer school\n"),
	},
	{
		.name = "import",
		.subcommand = "domains",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_domains_run,
		.summary = "import whose e-mail domains are whose",
		.help = "Columns: domain, institution, unit, valid_from, valid_to. A user name that is an\n"
			"e-mail address of the domain and nobody's otherwise is the institution's; its\n"
			"department pays, or without one it is in that institution's suspense.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("domains", "domain,institution,unit\n"
						     "northfield.edu,northfield,\n"),
	},
	{
		.name = "import",
		.subcommand = "bill-rules",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_bill_rules_run,
		.summary = "import what the lines of a bill are for",
		.help = "Columns: institution, account, service, category, resource, tag, tag_value, hub,\n"
			"component, class, provisioned_gib. The first rule whose patterns all fit says what\n"
			"a line is for; * stands for anything, an empty pattern fits everything. The file is\n"
			"all rules of the institution.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("bill-rules",
			"institution,service,resource,tag,hub,component,provisioned_gib\n"
			"northfield,Amazon Elastic Compute Cloud*,,2i2c:hub-name,=tag,compute,\n"
			"northfield,Amazon Elastic File System,fs-1234,,physics-hub,storage,2000\n"
			"northfield,Amazon Elastic Kubernetes*,,,,core,\n"),
	},
	{
		.name = "import",
		.subcommand = "bill-policies",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = import_bill_policies_run,
		.summary = "import who pays for what no usage drives",
		.help = "Columns: institution, component, policy, unit, ppm. Idle is a line of its own or\n"
			"spread; core, support, credit and tax go by direct cost, even, or fixed parts. The\n"
			"file is all policies of the institution.\n" IMPORT_HELP,
		.example = IMPORT_EXAMPLE("bill-policies", "institution,component,policy\n"
							   "northfield,idle,line\n"
							   "northfield,core,even\n"),
	},
	{
		.name = "bill",
		.subcommand = "import",
		.arguments = IMPORT_FILE,
		.n_arguments = 1,
		.run = bill_import_run,
		.summary = "import a cloud's bill (FOCUS)",
		.help = "A FOCUS file of version 1.0, 1.1 or 1.2, plain or gzip, of the institution that\n"
			"--institution names. Every column we don't know is kept. A bill that is stated again\n"
			"replaces the one before, and the difference is recorded. 'hubmeter rate' distributes\n"
			"it. All of the file or nothing; --dry-run says what would change.\n",
		.example =
			"cat > focus.csv <<'END'\n"
			"BilledCost,BillingCurrency,BillingAccountId,BillingPeriodStart,BillingPeriodEnd,"
			"ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,InvoiceIssuerName\n"
			"73.00,USD,1234,2026-10-01T00:00:00Z,2026-11-01T00:00:00Z,2026-10-01T00:00:00Z,"
			"2026-11-01T00:00:00Z,Usage,Amazon Elastic Kubernetes Service,AWS\n"
			"END\n"
			"hubmeter bill import focus.csv --institution northfield\n",
	},
	{
		.name = "bill",
		.subcommand = "status",
		.arguments = REPORT_MONTH,
		.run = bill_reconcile_run,
		.summary = "list bills, where they went, and what is left",
		.help = "One row each: total = people + shared + idle + residual, to the nano-unit; state says\n"
			"whether it is distributed. --format table|csv|json.\n",
		.example = "hubmeter bill status --month 2026-10\n",
	},
	{
		.name = "bill",
		.subcommand = "reconcile",
		.arguments = REPORT_MONTH,
		.run = bill_reconcile_run,
		.summary = "the same as status: every bill to zero",
		.help = "One row each: total = people + shared + idle + residual, to the nano-unit; difference\n"
			"is what is left, 0 unless the bill is not distributed yet.\n",
		.example = "hubmeter bill reconcile --month last --format csv\n",
	},
	{
		.name = "bill",
		.subcommand = "unmatched",
		.arguments = REPORT_MONTH,
		.run = bill_unmatched_run,
		.summary = "list lines of bills that no rule fits",
		.help = "Those that look the same together, with what they come to. Write rules for them and\n"
			"import these with 'hubmeter import bill-rules'.\n",
		.example = "hubmeter bill unmatched --month 2026-10\n",
	},
	{
		.name = "import",
		.subcommand = "canvas",
		.arguments = "DIR|FILE...",
		.n_arguments = 1,
		.takes_more = true,
		.run = import_canvas_run,
		.summary = "import courses and who is in them from Canvas",
		.help = "SIS files or provisioning reports: accounts, terms, courses, sections, xlists, users,\n"
			"enrollments, told by their columns. Whose login_id is a user name on --hub is that\n"
			"person. A course is a group, its account the department.\n" ROSTER_HELP,
		.example =
			"mkdir -p sis\n"
			"cat > sis/courses.csv <<'END'\n"
			"course_id,short_name,long_name,account_id,term_id,status,start_date,end_date\n"
			"CHEM-1,CHEM 1,General Chemistry,physics,,active,2026-09-01,2026-12-20\n"
			"END\n"
			"cat > sis/users.csv <<'END'\n"
			"user_id,login_id,full_name,status\n"
			"p-1001,ada,Ada Byron,active\n"
			"END\n"
			"cat > sis/enrollments.csv <<'END'\n"
			"course_id,user_id,role,status\n"
			"CHEM-1,p-1001,student,active\n"
			"END\n"
			"hubmeter import canvas sis --institution northfield --hub physics-hub\n",
	},
	{
		.name = "import",
		.subcommand = "oneroster",
		.arguments = "DIR|FILE...",
		.n_arguments = 1,
		.takes_more = true,
		.run = import_oneroster_run,
		.summary = "import classes and who is in them from OneRoster",
		.help = "CSV files of OneRoster 1.1 or 1.2, in a folder or an archive (.zip): orgs,\n"
			"academicSessions, courses, classes, users, enrollments. Whose username is a user\n"
			"name on --hub is that person. A class is a group. Of files that the manifest calls\n"
			"bulk, who is missing left now.\n" ROSTER_HELP,
		.example =
			"mkdir -p oneroster\n"
			"cat > oneroster/manifest.csv <<'END'\n"
			"propertyName,value\n"
			"oneroster.version,1.1\n"
			"file.users,bulk\n"
			"END\n"
			"cat > oneroster/users.csv <<'END'\n"
			"sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,"
			"givenName,familyName\n"
			"p-1001,,,true,,student,ada,Ada,Byron\n"
			"END\n"
			"hubmeter import oneroster oneroster --institution northfield --hub physics-hub\n",
	},
	{
		.name = "import",
		.subcommand = "coldfront",
		.arguments = "FILE.csv...",
		.n_arguments = 1,
		.takes_more = true,
		.run = import_coldfront_run,
		.summary = "import projects and who is in them",
		.help = "Columns: project, pi, title, users (user names) or username (a row for each), status\n"
			"and, where there are, start, end, cost_centre: as ColdFront and others list projects\n"
			"or allocations. A project is a group. User names that are nobody's are counted, with\n"
			"--create-people they are new people.\n" ROSTER_HELP,
		.example =
			"cat > projects.csv <<'END'\n"
			"project,pi,title,users,start,end,status\n"
			"laser-1,ada,Laser Cooling,\"ada,ben\",2026-01-01,2026-12-31,Active\n"
			"END\n"
			"hubmeter import coldfront projects.csv --institution northfield --hub physics-hub\n",
	},
	{
		.name = "import",
		.subcommand = "jupyterhub",
		.arguments = "URL",
		.n_arguments = 1,
		.run = import_jupyterhub_run,
		.summary = "import groups and who is in them from a hub",
		.help = "Asks the hub at URL for its users and groups with the token in --token-file. A group\n"
			"is a project, the property cost_centre (--cost-centre-property) its department.\n"
			"Who is missing left now. User names that are nobody's are counted, with\n"
			"--create-people they are new people. Needs --institution and --hub. All of it or\n"
			"nothing; --dry-run says what would change.\n",
		.example =
			"hubmeter import jupyterhub https://hub.example.org --token-file hub.token \\\n"
			"    --institution northfield --hub physics-hub\n",
	},
	{
		.name = "void",
		.arguments = "KIND FILE.csv|-",
		.n_arguments = 2,
		.run = void_run,
		.summary = "undo rows of a file that were wrong",
		.help = "KIND and columns are those of import. What the rows say of a time counts as if it\n"
			"had never been said: an alias, a membership, a price, a version of a plan. It is\n"
			"kept with --reason TEXT, and the charges that it concerns are rated again. A row\n"
			"is found by its key and valid_from. All of the file or nothing; --dry-run says\n"
			"what would change.\n",
		.example =
			"cat > wrong.csv <<'END'\n"
			"person,institution,group,valid_from,valid_to\n"
			"p-1001,northfield,lasers,2026-01-01,\n"
			"END\n"
			"hubmeter void members wrong.csv --reason 'left before the year began'\n",
	},
};

const size_t command_table_in_size = sizeof(command_table_in) / sizeof(command_table_in[0]);
