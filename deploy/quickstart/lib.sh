# shellcheck shell=bash
# The steps of ./quickstart. Sourced; uses its variables state, build, hub, node and mode.
# shellcheck disable=SC2154

# shellcheck source=deploy/local/lib/process.sh
. deploy/local/lib/process.sh

say() { echo "quickstart: $*" >&2; }

step() {
	printf '\n== %s\n' "$1"
}

fail() {
	say "$1"
	exit 1
}

sql() {
	psql "$HUBMETER_POSTGRES" -X -A -t -q -v ON_ERROR_STOP=1 -c "$1"
}

# --- programs in the background

start_program() { # NAME COMMAND...
	local name=$1
	shift
	(daemon_exec "$state/$name.log" "$@") &
	record_pid $! "$state/$name.pid"
	echo "$name: process $!, log $state/$name.log"
}

stop_program() { # NAME
	signal_and_wait "$state/$1.pid" TERM
}

stop_everything() { # stop or clean: what becomes of the data
	stop_program collector
	stop_program aggregator
	stop_program dashboard
	[ ! -d "$state/jupyterhub" ] || deploy/quickstart/jupyterhub/people stop --dir "$state/jupyterhub"
	[ ! -d "$state/services" ] || deploy/local/services "$1" --dir "$state/services"
}

# --- the steps

install_packages() {
	deploy/local/packages ensure build services
	[ "$1" != jupyterhub ] || deploy/local/packages ensure jupyterhub
}

build_release() {
	local generator=()
	if [ ! -f "$build/CMakeCache.txt" ] && command -v ninja >/dev/null; then
		generator=(-G Ninja)
	fi
	if ! {
		cmake --preset release "${generator[@]}" -DBUILD_TESTING=OFF &&
			cmake --build "$build" --parallel "$(nproc)"
	} >"$state/build.log" 2>&1; then
		tail -n 30 "$state/build.log" >&2
		fail "the build failed, see $state/build.log"
	fi
	echo "built in $build"
}

start_services() {
	local settings
	settings=$(deploy/local/services start --dir "$state/services")
	eval "$settings"
	echo "PostgreSQL: $HUBMETER_POSTGRES"
	echo "Kafka: $HUBMETER_KAFKA"
	write_configuration
	write_env
}

write_configuration() {
	cat >"$state/hubmeter.conf" <<-TEXT
	# Written by ./quickstart.
	postgres = $HUBMETER_POSTGRES
	kafka.bootstrap.servers = $HUBMETER_KAFKA
	sql_dir = $PWD/sql
	TEXT
}

# For a shell to read: the programs, their configuration, and where psql finds the database.
write_env() {
	local pair
	mkdir -p "$state/bin"
	ln -sf "$build/cli/hubmeter" "$build/collector/hubmeter-collector" \
		"$build/aggregator/hubmeter-aggregator" "$build/dashboard/hubmeter-dashboard" "$state/bin/"
	{
		echo "# Written by ./quickstart."
		# shellcheck disable=SC2016 # PATH is that of the shell that reads it
		printf 'case ":$PATH:" in *:%q:*) ;; *) export PATH=%q:$PATH ;; esac\n' "$state/bin" "$state/bin"
		printf 'export HUBMETER_CONFIG=%q\n' "$state/hubmeter.conf"
		for pair in $HUBMETER_POSTGRES; do
			case $pair in
			host=*) printf 'export PGHOST=%q\n' "${pair#*=}" ;;
			port=*) printf 'export PGPORT=%q\n' "${pair#*=}" ;;
			dbname=*) printf 'export PGDATABASE=%q\n' "${pair#*=}" ;;
			user=*) printf 'export PGUSER=%q\n' "${pair#*=}" ;;
			esac
		done
		# shellcheck disable=SC2016 # as above
		printf '[ -z "${BASH_VERSION-}" ] || . %q\n' "$PWD/deploy/completion/hubmeter.bash"
	} >"$state/env"
}

hubmeter() {
	HUBMETER_CONFIG=$state/hubmeter.conf "$build/cli/hubmeter" "$@"
}

# A year of three institutions that do not exist, so that there is something to look at. It goes into
# a database with nothing else in it: once, and before the example.
load_demo() {
	local demo=$state/demo
	hubmeter migrate
	if [ "$(sql "SELECT count(*) FROM org.institution WHERE code <> '(unowned)'")" != 0 ]; then
		echo "the database is in use: kept as it is"
		return
	fi
	rm -rf "$demo" && mkdir "$demo"
	hubmeter demo federation --seed 1 --scale small --directory "$demo" >"$state/demo.log"
	(cd "$demo" && hubmeter demo load .) >>"$state/demo.log"
	hubmeter rate >>"$state/demo.log"
	echo "a year of three institutions, $(sql "SELECT count(*) FROM charge.line") charges"
}

load_example() {
	local kind
	for kind in org people memberships prices; do
		hubmeter import "$kind" "deploy/quickstart/$kind.csv"
	done
	hubmeter topic create "$hub" --partitions 1
}

api_url() {
	if [ "$mode" = jupyterhub ]; then
		cat "$state/jupyterhub/api_url"
	else
		echo "http://127.0.0.1/hub/api/quickstart-$(cksum <<<"$state" | cut -d' ' -f1)"
	fi
}

start_jupyterhub() {
	mkdir -p "$state/jupyterhub"
	deploy/quickstart/jupyterhub/people prepare --dir "$state/jupyterhub"
	HUBMETER_DASHBOARD="$build/dashboard/hubmeter-dashboard" \
		HUBMETER_POSTGRES="${HUBMETER_POSTGRES/user=postgres/user=hm_web}" \
		deploy/quickstart/jupyterhub/people start --dir "$state/jupyterhub"
	echo "people see their usage at $(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["url"])' \
		"$state/jupyterhub/hub.json")services/hubmeter/"
}

start_programs() {
	stop_program collector
	stop_program aggregator
	start_program aggregator "$build/aggregator/hubmeter-aggregator" \
		--postgres="${HUBMETER_POSTGRES/user=postgres/user=hm_aggregator}" \
		--kafka.bootstrap.servers="$HUBMETER_KAFKA"
	start_program collector "$build/collector/hubmeter-collector" \
		--hub="$hub" --node="$node" --spool="$state/spool" --api-url="$(api_url)" \
		--sample-interval=1s --publish-interval=5s --memory-interval=2s \
		--kafka.bootstrap.servers="$HUBMETER_KAFKA"
}

# For whoever runs this, on this machine: they see all.
start_dashboard() {
	local readers="$state/readers.csv"
	printf 'login,scope\nlocal:%s,federation\n' "$(id -un)" >"$readers"
	hubmeter import readers "$readers"
	stop_program dashboard
	rm -f "$state/link"
	start_program dashboard "$build/dashboard/hubmeter-dashboard" \
		--postgres="${HUBMETER_POSTGRES/user=postgres/user=hm_web}" \
		--listen=127.0.0.1:0 --sign-in=link --link-file="$state/link"
	wait_until 30 "the dashboard" test -s "$state/link"
}

person() { # NAME OPTIONS...
	local name=$1
	shift
	JUPYTERHUB_USER=$name JUPYTERHUB_SERVER_NAME='' JUPYTERHUB_API_URL=$(api_url) \
		deploy/quickstart/person.py "$state/reports/$name" "$@" &
}

work_processes() {
	people=(ada ben zoë dan)
	echo "ada works alone, ben's server forks three children, zoë's server is killed, dan belongs to nobody"
	wait_for_sample
	rm -f "$state"/reports/*
	spawn_people 2>"$state/people.log" &
	wait_for_reports
	wait $! || true # of a killed server
}

# As a hub does: the people's servers are its children, and it has no others.
spawn_people() {
	person ada --cpu-ms 8000 --memory-mib 128
	person ben --cpu-ms 2000 --children 3 --memory-mib 32
	person zoë --cpu-ms 8000 --memory-mib 64 --killed
	person dan --cpu-ms 7000
	wait
}

work_jupyterhub() {
	people=(ada ben zoë)
	rm -rf "$state/jupyterhub/reports" "$state/reports"
	deploy/quickstart/jupyterhub/people work --dir "$state/jupyterhub" \
		ada:8000 ben:2000:3 zoë:8000
	cp -r "$state/jupyterhub/reports" "$state/reports"
}

progress() { # TEXT: overwritten on a terminal, silent in a pipe
	[ ! -t 1 ] || printf '\r\033[K%s' "$1"
}

# Wait until COMMAND... succeeds, at most SECONDS.
wait_until() { # SECONDS WHAT COMMAND...
	local deadline=$((SECONDS + $1)) what=$2
	shift 2
	until "$@"; do
		[ $SECONDS -lt $deadline ] || fail "gave up waiting for $what: see the logs in $state"
		progress "waiting for $what ($((deadline - SECONDS)) s left)"
		sleep 0.2
	done
	progress ""
}

# What the people's processes used is counted from their start only if the collector already runs.
wait_for_sample() {
	wait_until 30 "the collector's first window" node_is_known
}

node_is_known() {
	[ "$(sql "SELECT count(*) FROM usage.node n JOIN usage.hub h USING (hub_id)
	          WHERE h.name = '$hub' AND n.last_window_end > now() - interval '15 s'")" = 1 ]
}

wait_for_reports() {
	wait_until 300 "the people to finish" have_reports
}

have_reports() {
	local name
	for name in "${people[@]}"; do
		[ -f "$state/reports/$name" ] || return 1
	done
}

finished_workloads() {
	sql "SELECT count(DISTINCT workload_id) FROM usage.slot JOIN usage.workload USING (workload_id)
	     JOIN usage.node n USING (node_id) JOIN usage.hub h ON h.hub_id = n.hub_id
	     WHERE flags & 1 = 1 AND h.name = '$hub'"
}

usage_before() {
	finished_before=$(finished_workloads)
	sql "SELECT username, sum(cpu_used_usec) FROM usage.slot JOIN usage.workload USING (workload_id)
	     JOIN usage.node n USING (node_id) JOIN usage.hub h ON h.hub_id = n.hub_id
	     WHERE h.name = '$hub' GROUP BY username" >"$state/before"
}

all_finished() {
	[ $(($(finished_workloads) - finished_before)) -ge ${#people[@]} ]
}

wait_for_usage() {
	wait_until 60 "the last windows to arrive in PostgreSQL" all_finished
	echo "all servers ended and are in PostgreSQL"
}

# Every person's CPU as metered beside what the person's own processes said of themselves:
# within 5 ms or 0.5 %.
print_accuracy() {
	local name said before after metered difference tolerance verdict=0
	printf '%-8s %16s %16s %12s\n' person 'getrusage, s' 'metered, s' 'difference'
	for name in "${people[@]}"; do
		said=$(cat "$state/reports/$name")
		before=$(awk -F'|' -v name="$name" '$1 == name { print $2 }' "$state/before")
		after=$(sql "SELECT coalesce(sum(cpu_used_usec), 0) FROM usage.slot
		             JOIN usage.workload w USING (workload_id) JOIN usage.node n USING (node_id)
		             JOIN usage.hub h ON h.hub_id = n.hub_id
		             WHERE h.name = '$hub' AND w.username = '$name'")
		metered=$((after - ${before:-0}))
		difference=$((metered - said))
		tolerance=$((said / 200 > 5000 ? said / 200 : 5000))
		printf '%-8s %9d.%06d %9d.%06d %9d ms' "$name" $((said / 1000000)) $((said % 1000000)) \
			$((metered / 1000000)) $((metered % 1000000)) $((difference / 1000))
		if [ ${difference#-} -gt $tolerance ]; then
			printf '  more than 5 ms or 0.5 %%'
			verdict=1
		fi
		printf '\n'
	done
	return $verdict
}

print_reports() {
	printf '\nWho pays for what, this month\n\n'
	hubmeter report departments || return 1
	printf '\nReconciliation: node total = people + system\n\n'
	hubmeter report nodes || return 1
	[ "$(sql "SELECT count(*) FROM report.node_reconciliation WHERE difference <> 0")" = 0 ] ||
		{ echo "quickstart: a node's total is not people + system" >&2; return 1; }
}

print_next() {
	local shown=$state
	[ "${state#"$PWD"/}" = "$state" ] || shown=${state#"$PWD"/}
	cat <<-TEXT

	The pages, for this machine's browser; the link works once, the next one is in $shown/link
	  $(cat "$state/link")

	What to try next
	  . $shown/env
	  hubmeter report departments              (also: users, nodes; --format csv; --exact)
	  hubmeter doctor
	  hubmeter --dump-config
	  psql -c '\\d+ report.department_cost'
	  hubmeter-collector --dump-spool $shown/spool

	PostgreSQL, Kafka, the collector, the aggregator and the dashboard go on running: ./quickstart
	stop ends them, ./quickstart clean also removes $shown
	TEXT
}
