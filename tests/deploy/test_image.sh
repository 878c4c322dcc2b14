#!/usr/bin/env bash
# The recipe of images has no known faults, and its user is the chart's. Whether it builds takes an engine of
# containers: docs/install.md says how.
set -euo pipefail
: "${HUBMETER_SOURCE_DIR:?}"
cd "$HUBMETER_SOURCE_DIR"
recipe=deploy/image/Containerfile

status=0
complain() {
	echo "$*"
	status=1
}

user=$(sed -n 's/^USER \([0-9]*\):.*/\1/p' $recipe | sort -u)
grep -q "useradd .*--uid $user " $recipe || complain "user $user is not made"
grep -q "runAsUser: $user$" deploy/helm/hubmeter/templates/_helpers.tpl || complain "the chart's user is not $user"

# Every stage that is run has a user that is not root; every group of packages is one that there is.
stages=$(grep -c '^FROM base AS ' $recipe)
[ "$(grep -c '^USER ' $recipe)" -eq "$stages" ] || complain "a stage without a user"
groups=$(sed -n 's|.*deploy/local/packages ensure \([a-z ]*\) .*|\1|p' $recipe)
for group in $groups; do
	grep -q "^probe_$group()" deploy/local/packages || complain "no group of packages: $group"
done
[ -n "$groups" ] || complain "what it takes to build is not from deploy/local/packages"
! grep -qE 'lib[a-z0-9-]+[0-9]( |$)' $recipe || complain "a library is named: packages say what they need"

faults=0
deploy/local/from-pypi hadolint --no-color $recipe || faults=$?
[ "$faults" -ne 77 ] || exit 77
[ "$faults" -eq 0 ] || complain "hadolint refuses it"
exit "$status"
