#!/usr/bin/env bash
# In a system that tests/deploy/test_packages.sh boots: the units run as they are.
#
#   in_booted_system.sh prepare   before it is booted
#   in_booted_system.sh           in it, by a unit; leaves /packages/result and ends the system
set -euo pipefail

collector=/etc/hubmeter/hubmeter-collector.conf
unit=hubmeter-collector
status=0
complain() {
	echo "$*"
	status=1
}

prepare() {
	apt-get -qq -y -o Dpkg::Use-Pty=0 install --no-install-recommends systemd systemd-sysv dbus \
		/packages/hubmeter-*.deb > /tmp/apt 2>&1 || { tail -n 30 /tmp/apt; exit 1; }
	printf '%s\n' 'hub = physics' 'cgroup =' 'docker_root =' 'kafka.bootstrap.servers = 127.0.0.1:1' \
		'sample_interval = 200ms' 'publish_interval = 1s' 'memory_interval = 200ms' >> $collector
	printf '%s\n' 'postgres = host=127.0.0.1 dbname=none user=hm_aggregator' \
		'kafka.bootstrap.servers = 127.0.0.1:1' >> /etc/hubmeter/hubmeter-aggregator.conf
	# A hub of root's that starts a server of somebody else's.
	cat > /etc/systemd/system/hub.service <<- 'UNIT'
		[Service]
		ExecStart=/bin/sh -c "setpriv --reuid=games --regid=games --clear-groups env JUPYTERHUB_USER=ada \
			JUPYTERHUB_API_URL=http://127.0.0.1/hub/api sh -c 'while :; do :; done' & wait"
	UNIT
	cat > /etc/systemd/system/in-booted-system.service <<- 'UNIT'
		[Service]
		Type=oneshot
		ExecStart=/packages/in_booted_system.sh
		StandardOutput=file:/packages/result
		StandardError=file:/packages/result
		ExecStopPost=/bin/systemctl --no-block poweroff
		[Install]
		WantedBy=multi-user.target
	UNIT
	systemctl --quiet enable in-booted-system.service
}

# Until @2... holds; at most half a minute.
await() {
	local deadline=$((SECONDS + 30)) what=$1
	shift
	until "$@" > /dev/null 2>&1; do
		[ "$SECONDS" -lt "$deadline" ] || { echo "never: $what"; journalctl --no-pager -n 40; exit 1; }
		read -rt 0.1 <> <(:) || true
	done
}

log_says() { journalctl --no-pager --boot -o cat -u "$1" | grep "$2"; }
spooled() { hubmeter-collector --dump-spool=/var/lib/hubmeter/spool --rows; }
metered() { spooled | cut -f 7 | grep -x ada; }

try() {
	is_set() { grep -q "^$1:[[:space:]]*$2$" "/proc/$(systemctl show -P MainPID $unit)/status"; }

	systemctl start hub $unit hubmeter-aggregator
	await "$unit starts" log_says $unit event=started
	await "the aggregator looks for its database" log_says hubmeter-aggregator 'postgres_away.*Connection refused'
	# Two capabilities and no more (19 and 2), a filter of system calls, and nothing to gain.
	for set in CapPrm CapEff CapBnd CapAmb; do
		is_set $set 0000000000080004 || complain "$set is not what the unit says"
	done
	is_set NoNewPrivs 1 || complain "it may gain privileges"
	is_set Seccomp 2 || complain "it may call anything"
	await "the server of somebody else is metered" metered
	! log_says $unit 'processes_unreadable.*missing=CAP' || complain "it lacks what the unit gives"
	[ "$(stat -c '%U %a' /var/lib/hubmeter)" = 'hubmeter 750' ] || complain "whose is /var/lib/hubmeter?"
	systemctl reload $unit
	await "it reads its configuration again" log_says $unit event=reloaded

	# An upgrade starts anew what runs, and only that.
	before=$(systemctl show -P MainPID $unit)
	dpkg -i /packages/hubmeter-*.deb > /tmp/dpkg 2>&1 || complain "$(cat /tmp/dpkg)"
	systemctl is-active --quiet $unit hubmeter-aggregator || complain "an upgrade stopped what ran"
	[ "$(systemctl show -P MainPID $unit)" != "$before" ] || complain "an upgrade left the old program running"
	! systemctl is-active --quiet hubmeter-rate || complain "an upgrade started what did not run"

	# Removing stops it, and what it could not send stays.
	dpkg --remove $unit > /tmp/dpkg 2>&1 || complain "$(cat /tmp/dpkg)"
	! pgrep -x hubmeter-collec || complain "removed, and it runs on"
	compgen -G '/var/lib/hubmeter/spool/*.seg' > /dev/null || complain "removing lost the spool"
	[ "$status" -ne 0 ] || echo "all is well"
}

if [ "${1:-}" = prepare ]; then
	prepare
else
	try
fi
