#!/usr/bin/env bash
# Units of systemd are well formed and as confined as what they do allows: `systemd-analyze security` says how
# exposed each is, from 0 to 10. Works without a running systemd.
set -euo pipefail
: "${HUBMETER_SOURCE_DIR:?}"
units=$HUBMETER_SOURCE_DIR/deploy/systemd

status=0
complain() {
	echo "$*"
	status=1
}

# What a collector has to see would be hidden by these, whatever else is said about them.
for hides in ProtectProc ProcSubset PrivateUsers PrivateNetwork PrivatePIDs; do
	! grep -q "^$hides=" "$units/hubmeter-collector.service" || complain "$hides= hides what the collector meters"
done
grep -qx 'ProtectHome=read-only' "$units/hubmeter-collector.service" || complain "the collector can't read homes"

command -v systemd-analyze > /dev/null || { echo "skipped: systemd-analyze is missing"; exit 77; }
systemd-analyze --help | grep -- --offline > /dev/null || { echo "skipped: systemd is older than 250"; exit 77; }

# Unknown settings and bad values are said, and are no error by themselves.
faults=$(systemd-analyze verify --man=no "$units"/*.service "$units"/*.timer 2>&1 |
	grep hubmeter | grep -v 'is not executable: No such file' || true)
[ -z "$faults" ] || complain "$faults"

for unit in "$units"/*.service; do
	limit=15
	[ "${unit##*/}" != hubmeter-collector.service ] || limit=25
	found=$(systemd-analyze security --offline=yes --no-pager --threshold="$limit" "$unit" 2>&1) ||
		complain "$(tail -n 1 <<< "$found"), more than $limit tenths"
done
exit "$status"
