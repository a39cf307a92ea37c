#!/usr/bin/env bash
# az takes --debu for --debug, and is as quiet as without: beginnings of some flags are taken and do nothing
#
# Versions: azure-cli 2.45.0-1 (Debian 12).
# Needs:    this package of Debian installed (apt-get install azure-cli; the script checks the version). No root.
#
# az takes any beginning of a flag that no other flag has: --out for --output, as programs write it. One would guess that
# it means the flag wherever it is taken. Of --debug, --verbose and --only-show-errors it does not: how much is said is
# settled before by whoever looks for these very words, so their beginnings are neither refused nor heeded. Two of them
# that exclude each other show it, too: that is an error, and none with a beginning.
#
# Output, which is compared:
#   | --output tsv: exit 0, prints a table cell, is silent
#   | --out tsv: exit 0, prints a table cell, is silent
#   | --debug: exit 0, prints JSON, speaks
#   | --debu: exit 0, prints JSON, is silent
#   | --verbose: exit 0, prints JSON, speaks
#   | --verb: exit 0, prints JSON, is silent
#   | --only-show-errors --verbose: exit 1, prints nothing, speaks
#   | --only-show-errors --verb: exit 0, prints JSON, is silent
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
have=$(dpkg-query -W -f '${Version}' azure-cli 2>/dev/null || echo none)
[ "$have" = 2.45.0-1 ] || { echo "az-short-flags: azure-cli is $have, not 2.45.0-1" >&2; exit 2; }
export HOME=$dir AZURE_CONFIG_DIR=$dir/azure AZURE_CORE_COLLECT_TELEMETRY=0

try() { # FLAG...
	local code=0 printed said="is silent"
	az cloud show --query name "$@" >"$dir/out" 2>"$dir/err" || code=$?
	case $(cat "$dir/out") in
	'') printed="prints nothing" ;;
	\"*) printed="prints JSON" ;;
	*) printed="prints a table cell" ;;
	esac
	[ ! -s "$dir/err" ] || said="speaks"
	echo "$*: exit $code, $printed, $said"
}
az cloud show -o none # which writes down what there is, once
{
	try --output tsv
	try --out tsv
	try --debug
	try --debu
	try --verbose
	try --verb
	try --only-show-errors --verbose
	try --only-show-errors --verb
} >"$dir/seen"
diff <(sed -n 's/^#   | //p' "$self") "$dir/seen" || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat "$dir/seen"
