#!/usr/bin/env bash
# A slip in one entry of kubectl's allow-list of credential plugins lets every plugin run
#
# Versions: k8s.io/kubectl v0.37.2 (kubectl 1.37.2), built from its Go module.
# Needs:    Go (the build takes a minute or two). No root.
#
# The kuberc can say which credential plugins kubectl may run. One would guess that a list with a mistake lets nothing
# run, and with most mistakes it is so: an empty entry or a misspelled policy is an error. But where one entry, of
# whatever program, has a name (kubectl 1.35) and a command (1.36) that differ, that document is passed over as if it
# were not there: kubectl mentions it on standard error, without the reason, and runs every plugin. The same happens
# to a policy of a version that does not exist yet; one whose key is in another case is a field that is not known.
#
# Output, which is compared:
#   | no kuberc: ran
#   | DenyAll: refused
#   | a list without the plugin: refused
#   | the same with an empty entry: error
#   | the same with a misspelled policy: error
#   | the same with a field that does not exist: refused
#   | the same with an entry whose name and command differ: ran
#   | DenyAll in kubectl.config.k8s.io/v1: ran
#   | credentialpluginpolicy: DenyAll: ran
set -euo pipefail
self=$(realpath "$0") dir=$(realpath "$(mktemp -d)")
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"os"

	"k8s.io/kubectl/pkg/cmd"
)

func main() {
	if cmd.NewDefaultKubectlCommand().Execute() != nil {
		os.Exit(1)
	}
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" 2>messages || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get k8s.io/kubectl@v0.37.2
quiet go mod tidy
go build -o kubectl .

printf '#!/bin/sh\n: >"%s/ran"\nexit 1\n' "$dir" >plugin # leaves a file, and gives no credential
chmod +x plugin
cat >config <<END
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:9"}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
current-context: c
users:
- name: u
  user: {exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: $dir/plugin}}
END
export KUBECONFIG=$dir/config HOME=$dir
unset KUBERC KUBECTL_KUBERC
mkdir .kube

try() { # NAME: with the kuberc of standard input, if there is any
	local became=refused
	cat >.kube/kuberc
	[ -s .kube/kuberc ] || rm .kube/kuberc
	rm -f ran
	timeout 60 ./kubectl get --raw /version >said 2>&1 || true
	grep -q "applying preferences" said && became=error
	[ ! -e ran ] || became=ran
	echo "$1: $became"
}
preference() { printf 'apiVersion: kubectl.config.k8s.io/%s\nkind: Preference\n' "${1:-v1beta1}"; }
list() {
	preference
	printf 'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist:\n- command: /usr/bin/another\n'
}
{
	try "no kuberc" </dev/null
	try "DenyAll" < <(preference; echo "credentialPluginPolicy: DenyAll")
	try "a list without the plugin" < <(list)
	try "the same with an empty entry" < <(list; echo "- {}")
	try "the same with a misspelled policy" < <(list | sed s/Allowlist$/Allowedlist/)
	try "the same with a field that does not exist" < <(list; echo "  path: x")
	try "the same with an entry whose name and command differ" < <(list; printf -- '- name: a\n  command: b\n')
	try "DenyAll in kubectl.config.k8s.io/v1" < <(preference v1; echo "credentialPluginPolicy: DenyAll")
	try "credentialpluginpolicy: DenyAll" < <(preference; echo "credentialpluginpolicy: DenyAll")
} >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
