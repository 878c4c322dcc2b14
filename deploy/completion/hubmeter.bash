# shellcheck shell=bash
# Completion of hubmeter for bash. tests/lint/test_completion.py compares it with the program.

_hubmeter_options="--postgres --sql-dir --format --exact --raw --month --from --to --institution --unit
	--person --silent-after --follow --partitions --replication --retention --principal --delete-topic --dry-run --source --replace --hub --create-people
	--token-file --cost-centre-property --reason --tag --valid-from --valid-to --wait --wait-timeout
	--fiscal-year --amount --template --directory --alert-webhook --alert-secret-file
	--user --server --class --cpu --memory --gpu --hours --no-hold --listen --connections
	--seed --scale --topic --refused --since --each --all --payload --shift --max-age --aggregator-config --drop-payload --into-new
	--kafka.bootstrap.servers --config --dump-config --help --version"

# The words so far that are no options and no options' values, into _hubmeter_words.
_hubmeter_find_words() {
	local i word
	_hubmeter_words=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		--exact | --raw | --follow | --dry-run | --replace | --create-people | --wait | --no-hold | --delete-topic | --each | --all | --drop-payload | --dump-config | --help | --version) ;;
		--*) # its value is the next word, or the one behind "="
			[ "${COMP_WORDS[i + 1]-}" != = ] || ((i++))
			((i++))
			;;
		*) _hubmeter_words+=("$word") ;;
		esac
	done
}

_hubmeter_value() { # OPTION START: the values it can have
	case $1 in
	--format) mapfile -t COMPREPLY < <(compgen -W "table csv json" -- "$2") ;;
	--month) mapfile -t COMPREPLY < <(compgen -W "current last $(date +%Y-%m)" -- "$2") ;;
	--config | --token-file | --alert-secret-file | --payload | --aggregator-config) mapfile -t COMPREPLY < <(compgen -f -- "$2") ;;
	--template) mapfile -t COMPREPLY < <(compgen -W "kfs kfs-collector banner" -f -- "$2") ;;
	--scale) mapfile -t COMPREPLY < <(compgen -W "full small" -- "$2") ;;
	--sql-dir | --directory) mapfile -t COMPREPLY < <(compgen -d -- "$2") ;;
	*) return 0 ;; # free text
	esac
}

_hubmeter_takes_value() {
	case $1 in
	--exact | --raw | --follow | --dry-run | --replace | --create-people | --wait | --no-hold | --delete-topic | --each | --all | --drop-payload | --dump-config | --help | --version) return 1 ;;
	--*) return 0 ;;
	esac
	return 1
}

_hubmeter_command() { # START: the next word of the command
	case "${#_hubmeter_words[@]} ${_hubmeter_words[0]-}" in
	"0 ") mapfile -t COMPREPLY < <(compgen -W "migrate import budget prices plan bill void rate report export fund alerts metrics can-spawn lien admission explain suspense topic kafka ingest doctor demo close ledger journal" -- "$1") ;;
	"1 import")
		mapfile -t COMPREPLY < <(compgen -W "org people memberships groups members prices settlements domains customers
			rate-studies fees service-accounts chart-segments funds amendments plans assignments caps budgets stewards readers thresholds closing bill-rules bill-policies canvas oneroster coldfront jupyterhub usage" -- "$1")
		;;
	"1 void")
		mapfile -t COMPREPLY < <(compgen -W "org people memberships groups members prices settlements domains customers
			plans assignments caps stewards readers" -- "$1")
		;;
	*" import" | "2 prices" | "2 void") mapfile -t COMPREPLY < <(compgen -f -- "$1") ;;
	"1 export") mapfile -t COMPREPLY < <(compgen -W "focus" -- "$1") ;;
	"1 report") mapfile -t COMPREPLY < <(compgen -W "departments users detail nodes funds
		fees coverage unpriced unknown-users pending rating
		groups courses idle market economics adjustments suspense-age completeness reconciliation active-users
		department-months tree course-students sizing forecast" -- "$1") ;;
	"1 fund") mapfile -t COMPREPLY < <(compgen -W "list show statement" -- "$1") ;;
	"1 budget") mapfile -t COMPREPLY < <(compgen -W "set status" -- "$1") ;;
	"1 alerts") mapfile -t COMPREPLY < <(compgen -W "list send" -- "$1") ;;
	"1 lien") mapfile -t COMPREPLY < <(compgen -W "list release" -- "$1") ;;
	"1 prices") mapfile -t COMPREPLY < <(compgen -W "plan apply" -- "$1") ;;
	"1 plan") mapfile -t COMPREPLY < <(compgen -W "check approve" -- "$1") ;;
	"1 close") mapfile -t COMPREPLY < <(compgen -W "list check waive begin review question answer repoint finish reopen verify" -- "$1") ;;
	"1 demo") mapfile -t COMPREPLY < <(compgen -W "federation load nodes usage" -- "$1") ;;
	"1 ledger") mapfile -t COMPREPLY < <(compgen -W "balance" -- "$1") ;;
	"1 journal") mapfile -t COMPREPLY < <(compgen -W "list export answer" -- "$1") ;;
	"1 bill") mapfile -t COMPREPLY < <(compgen -W "import status reconcile unmatched" -- "$1") ;;
	"1 suspense") mapfile -t COMPREPLY < <(compgen -W "list assign" -- "$1") ;;
	"1 ingest") mapfile -t COMPREPLY < <(compgen -W "accept-gap restart quarantine replay" -- "$1") ;;
	"2 ingest") [ "${_hubmeter_words[1]}" != quarantine ] || mapfile -t COMPREPLY < <(compgen -W "list show retry discard" -- "$1") ;;
	"1 topic") mapfile -t COMPREPLY < <(compgen -W "create list" -- "$1") ;;
	"1 kafka") mapfile -t COMPREPLY < <(compgen -W "grant revoke" -- "$1") ;;
	esac
}

_hubmeter() {
	local start=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local _hubmeter_words
	COMPREPLY=()
	if [ "$start" = = ]; then # bash takes "=" for a word of its own
		_hubmeter_value "$before" ""
	elif [ "$before" = = ]; then
		_hubmeter_value "${COMP_WORDS[COMP_CWORD - 2]}" "$start"
	elif _hubmeter_takes_value "$before"; then
		_hubmeter_value "$before" "$start"
	elif [ "${start#-}" != "$start" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$_hubmeter_options" -- "$start")
	else
		_hubmeter_find_words
		_hubmeter_command "$start"
	fi
}

complete -o filenames -o default -F _hubmeter hubmeter
