#!/usr/bin/env bash
# go-keyring and Python's keyring share entries; what one stores over the other's is read or not, by chance
#
# Versions: github.com/zalando/go-keyring v0.2.8 (Go module); python3-keyring 23.9.3-2, python3-secretstorage 3.3.3-1,
#           gnome-keyring 42.1-1+b2, dbus-daemon 1.14.10-1~deb12u1 (Debian 12).
# Needs:    Go, and these packages of Debian installed (apt-get install; the script checks the versions). No root.
#
# Both store a secret with the attributes "service" and "username", and each finds the other's. So one would guess
# that storing the same service and user again replaces the secret, whoever does it. A Secret Service replaces an item
# whose attributes are all the same, and Python adds two of its own: so its set makes a second item beside go-keyring's
# and says that all went well. Both libraries then take the first of two that they find, and which one that is differs
# from entry to entry: some read the new secret, others the old one, in Go and in Python alike. Where somebody deletes
# the entry, the other secret comes to light. A password that is rotated with the other library may thus stay.
#
# Output, which is compared:
#   | go sets 60 entries to old: python reads old 60 times
#   | python sets them to new: python reads new: some, old: some
#   | go reads the same as python: 60
#   | go deletes the 60 entries, and then reads: 60 secrets
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
if [ "${1:-}" != inside ]; then # a session bus of its own, which ends with all that is on it
	trap 'rm -rf "$dir"' EXIT
	while read -r package version; do
		have=$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null || echo none)
		[ "$have" = "$version" ] || { echo "keyring-two-libraries: $package is $have, not $version" >&2; exit 2; }
	done <<'END'
gnome-keyring 42.1-1+b2
python3-keyring 23.9.3-2
python3-secretstorage 3.3.3-1
dbus-daemon 1.14.10-1~deb12u1
END
	cd "$dir"
	mkdir home run
	env -u DISPLAY HOME="$dir/home" XDG_RUNTIME_DIR="$dir/run" XDG_DATA_HOME="$dir/home" XDG_CACHE_HOME="$dir/home" XDG_CONFIG_HOME="$dir/home" \
		GOMODCACHE="$(go env GOMODCACHE)" GOCACHE="$(go env GOCACHE)" GOENV="$(go env GOENV)" \
		timeout 300 dbus-run-session -- bash "$self" inside "$dir" 2>log || { cat log >&2; exit 1; }
	diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
	cat seen
	exit
fi
rm -rf "$dir"
cd "$2"

cat >main.go <<'END'
package main

import (
	"fmt"
	"os"

	"github.com/zalando/go-keyring"
)

// main sets, gets or deletes the secret of each service that it is given.
func main() {
	for _, service := range os.Args[2:] {
		var value string
		var err error
		switch os.Args[1] {
		case "set":
			err = keyring.Set(service, "user", "old")
		case "get":
			value, err = keyring.Get(service, "user")
			fmt.Println(value)
		case "delete":
			err = keyring.Delete(service, "user")
		}
		if err != nil {
			panic(err)
		}
	}
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" 2>messages || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/zalando/go-keyring@v0.2.8
quiet go mod tidy
go build -o finding .
cat >python.py <<'END'
import sys
from keyring.backends.SecretService import Keyring

keyring = Keyring()
for service in sys.argv[2:]:
    if sys.argv[1] == "set":
        keyring.set_password(service, "user", "new")
    else:
        print(keyring.get_password(service, "user"))
END
python() { /usr/bin/python3 python.py "$@"; }
some() { # VALUE FILE
	grep -qx "$1" "$2" && echo some || echo none
}

printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null
mapfile -t services < <(seq -f 'service-%g' 60)
{
	for service in "${services[@]}"; do
		./finding set "$service"
		python get "$service" >>before
		python set "$service"
	done
	echo "go sets 60 entries to old: python reads old $(grep -cx old before) times"
	python get "${services[@]}" >after
	echo "python sets them to new: python reads new: $(some new after), old: $(some old after)"
	echo "go reads the same as python: $(paste after <(./finding get "${services[@]}") | awk '$1 == $2' | wc -l)"
	./finding delete "${services[@]}"
	echo "go deletes the 60 entries, and then reads: $(./finding get "${services[@]}" | grep -cE '^(old|new)$') secrets"
} >seen
