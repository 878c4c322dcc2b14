#!/usr/bin/env bash
# In a bare system, by tests/deploy/test_packages.sh: installs /packages/*.deb, uses, removes, purges them.
set -euo pipefail

status=0
complain() {
	echo "$*"
	status=1
}
apt() { apt-get -qq -y -o Dpkg::Use-Pty=0 "$@" > /tmp/apt 2>&1 || { tail -n 30 /tmp/apt; complain "apt-get $*"; }; }
is() { [ "$2" = "$3" ] || complain "$1: $2, not $3"; }
gone() { [ ! -e "$1" ] || complain "left behind: $1"; }
kept() { [ -e "$1" ] || complain "did not stay: $1"; }
starts_nothing() {
	local found
	found=$(find /etc/systemd -path '*.wants/hubmeter*' 2> /dev/null || true)
	is "units enabled by themselves" "$found" ""
	found=$(cat /proc/[0-9]*/comm | grep '^hubmeter' || true)
	is "programs started by themselves" "$found" ""
}

mount -t proc proc /proc # of this system alone

# Manual pages are left out of small systems on purpose; here they are what is tested.
rm -f /etc/dpkg/dpkg.cfg.d/*
apt update
apt install --no-install-recommends man-db

# The collector: what it brings, and as whom it runs.
conf=/etc/hubmeter/hubmeter-collector.conf
apt install --no-install-recommends /packages/hubmeter-collector_*.deb
hubmeter-collector --version | grep '^hubmeter-collector' > /dev/null || complain "hubmeter-collector --version"
hubmeter-collector --help | grep -- --hub > /dev/null || complain "hubmeter-collector --help"
man -w 8 hubmeter-collector > /dev/null || complain "no manual page"
is "home of hubmeter" "$(getent passwd hubmeter | cut -d: -f6)" /var/lib/hubmeter
is "$conf" "$(stat -c '%U:%G %a' $conf)" "root:hubmeter 640"
setpriv --reuid=hubmeter --regid=hubmeter --init-groups hubmeter-collector --config=$conf --dump-config |
	grep '^spool = /var/lib/hubmeter/spool' > /dev/null || complain "hubmeter can't read $conf"
starts_nothing

# An upgrade changes neither what was configured nor who may read it.
echo 'hub = physics' >> $conf
chmod 0600 $conf
dpkg -i /packages/hubmeter-collector_*.deb > /tmp/dpkg 2>&1 || complain "dpkg -i again"
is "$conf, installed again" "$(stat -c '%U:%G %a' $conf)" "root:hubmeter 600"
grep -q '^hub = physics' $conf || complain "$conf was overwritten"
starts_nothing

# Removing keeps what was not sent; purging does not.
install -d -o hubmeter -g hubmeter /var/lib/hubmeter/spool
touch /var/lib/hubmeter/spool/1.seg
apt remove hubmeter-collector
gone /usr/bin/hubmeter-collector
gone /usr/lib/systemd/system/hubmeter-collector.service
kept $conf
kept /var/lib/hubmeter/spool/1.seg
apt install --no-install-recommends /packages/hubmeter-server_*.deb /packages/hubmeter-sql_*.deb
apt purge hubmeter-collector
gone $conf
gone /var/lib/hubmeter
kept /etc/hubmeter/hubmeter-aggregator.conf

# The servers, with their schema.
for program in hubmeter hubmeter-aggregator hubmeter-dashboard; do
	$program --version | grep "^$program" > /dev/null || complain "$program --version"
	$program --help > /dev/null || complain "$program --help"
	man -w $program > /dev/null || complain "no manual page of $program"
done
man -w 5 hubmeter-usage > /dev/null || complain "no manual page of the format"
hubmeter --dump-config | grep '^#\? \?sql_dir = /usr/share/hubmeter/sql' > /dev/null ||
	complain "it looks elsewhere for its schema"
kept /usr/share/hubmeter/sql/manifest
is hubmeter.conf "$(stat -c '%U:%G %a' /etc/hubmeter/hubmeter.conf)" "root:root 644"
is hubmeter-aggregator.conf "$(stat -c '%U:%G %a' /etc/hubmeter/hubmeter-aggregator.conf)" "root:hubmeter 640"
starts_nothing
touch /etc/hubmeter/admission.token
apt purge hubmeter-server hubmeter-sql
gone /usr/bin/hubmeter
gone /usr/share/hubmeter
gone /etc/hubmeter/hubmeter.conf
kept /etc/hubmeter/admission.token
exit "$status"
