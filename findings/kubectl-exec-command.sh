#!/usr/bin/env bash
# kubectl config set-credentials keeps --exec-command=./plugin as "plugin", and runs what PATH has of that name
#
# Versions: k8s.io/kubectl v0.37.2 (kubectl 1.37.2), built from its Go module.
# Needs:    Go (the build takes a minute or two). No root.
#
# set-credentials takes several paths. That of --client-certificate is taken from where one stands, and kept so that
# it holds from anywhere. One would guess the same of --exec-command. It is cleaned, which cuts the "./" off, and kept
# as it then is. So "./plugin" becomes "plugin", a name that is looked up in PATH; and "./bin/plugin" becomes
# "bin/plugin", which is taken from the folder of the kubeconfig. Neither is the program that was named, and kubectl
# says nothing when it is told, and something else later.
#
# Output, which is compared:
#   | --client-certificate=./x.crt: /HERE/x.crt
#   | --exec-command=./plugin: plugin; ran: plugin of PATH
#   | --exec-command=./bin/plugin: bin/plugin; ran: bin/plugin beside the kubeconfig
#   | --exec-command=/HERE/plugin: /HERE/plugin; ran: plugin of the current folder
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

mkdir -p here/bin home/bin path
plugin() { # FILE NAME: a plugin that says who it is, and gives no credential
	printf '#!/bin/sh\necho "%s" >"%s/ran"\nexit 1\n' "$2" "$dir" >"$1"
	chmod +x "$1"
}
plugin here/plugin "plugin of the current folder"
plugin here/bin/plugin "bin/plugin of the current folder"
plugin home/bin/plugin "bin/plugin beside the kubeconfig"
plugin path/plugin "plugin of PATH"
cat >home/config <<END
apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:9"}}]
contexts: [{name: c, context: {cluster: c, user: u}}]
current-context: c
END
export KUBECONFIG=$dir/home/config HOME=$dir PATH=$dir/path:$PATH
cd here

kept() { # KEY: what the kubeconfig has
	sed -n "s/^ *$1: //p" "$KUBECONFIG" | sed "s|$dir/here|/HERE|"
}
try() { # COMMAND
	rm -f ../ran
	../kubectl config set-credentials u --exec-command="$1" --exec-api-version=client.authentication.k8s.io/v1 \
		--exec-interactive-mode=Never >/dev/null
	timeout 60 ../kubectl get --raw /version >/dev/null 2>&1 || true
	echo "--exec-command=${1/"$dir/here"//HERE}: $(kept command); ran: $(cat ../ran)"
}
{
	../kubectl config set-credentials other --client-certificate=./x.crt >/dev/null
	echo "--client-certificate=./x.crt: $(kept client-certificate)"
	try ./plugin
	try ./bin/plugin
	try "$dir/here/plugin"
} >../seen
cd ..

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
