#!/usr/bin/env bash
# client-go: to change one kubeconfig it locks all of KUBECONFIG, and a lock left behind counts for ever
#
# Versions: k8s.io/client-go v0.37.2 (Go module).
# Needs:    Go; as root setpriv, too. No root.
#
# "kubectl config use-context" writes one file, the first of KUBECONFIG, and one would guess that it needs that file.
# client-go makes FILE.lock beside every file of the list first, so a shared kubeconfig in a folder that one may only
# read makes one's own unchangeable, and for a file of the list that does not exist its folders are made. The lock is
# that FILE.lock exists, with nobody's name and no end: what a killed kubectl leaves behind refuses each later change
# at once, until somebody deletes it. Reading looks at no lock.
#
# Output, which is compared:
#   | KUBECONFIG=mine:shared: changed
#   | KUBECONFIG=mine:absent/deep/file: changed; absent/deep is there: yes
#   | KUBECONFIG=mine:readonly/shared: open readonly/shared.lock: permission denied
#   | KUBECONFIG=mine:shared, shared.lock from an hour ago: open shared.lock: file exists
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
finish() {
	chmod -R u+w "$dir"
	rm -rf "$dir"
}
trap finish EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"fmt"

	"k8s.io/client-go/tools/clientcmd"
)

// main chooses the other context, as "kubectl config use-context" does.
func main() {
	options := clientcmd.NewDefaultPathOptions()
	config, err := options.GetStartingConfig()
	if err != nil {
		panic(err)
	}
	config.CurrentContext = "other"
	if err := clientcmd.ModifyConfig(options, *config, false); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("changed")
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" 2>messages || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get k8s.io/client-go@v0.37.2
quiet go mod tidy
go build -o finding .

as=()
if [ "$(id -u)" = 0 ]; then # no folder is read-only for root
	as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	chmod 0755 .
fi
mkdir work work/readonly
write() {
	cat >"$1" <<END
apiVersion: v1
kind: Config
current-context: one
contexts: [{name: one, context: {}}, {name: other, context: {}}]
END
}
write work/readonly/shared
write work/shared
write work/mine
[ ${#as[@]} = 0 ] || chown -R 65534:65534 work
chmod 0555 work/readonly
cd work
try() { # KUBECONFIG
	"${as[@]}" sed -i 's/^current-context: .*/current-context: one/' mine
	"${as[@]}" env HOME="$dir/work" KUBECONFIG="$1" timeout 30 ../finding
}
{
	echo "KUBECONFIG=mine:shared: $(try mine:shared)"
	echo "KUBECONFIG=mine:absent/deep/file: $(try mine:absent/deep/file); absent/deep is there: $([ -d absent/deep ] && echo yes || echo no)"
	echo "KUBECONFIG=mine:readonly/shared: $(try mine:readonly/shared)"
	touch -d '1 hour ago' shared.lock
	echo "KUBECONFIG=mine:shared, shared.lock from an hour ago: $(try mine:shared)"
} >../seen
cd ..

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
