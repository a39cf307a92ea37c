#!/usr/bin/env bash
# gnome-keyring-daemon --unlock ends with 0 for a wrong password, and a newline makes one
#
# Versions: gnome-keyring 42.1-1+b2, dbus-daemon 1.14.10-1~deb12u1 (Debian 12).
# Needs:    these packages of Debian installed (apt-get install; the script checks the versions), busctl
#           (systemd). No root.
#
# On a machine without a desktop one unlocks the keyring with a password on stdin. One would guess that "echo" and
# "printf" do the same there, and that a wrong password is an error. All of stdin is the password, so that "echo" and
# "printf" are two; and a wrong one ends with 0 and without a word, with the daemon running and the keyring locked.
# What fails is a program that asks for a secret later, far from the cause.
#
# Output, which is compared:
#   | first time, printf password: exit 0, locked: false
#   | printf password: exit 0, locked: false
#   | echo password: exit 0, locked: true
#   | printf wrong: exit 0, locked: true
#   | printf password: exit 0, locked: false
set -euo pipefail
self=$(realpath "$0")
if [ "${1:-}" != inside ]; then # a session bus of its own, which ends with all that is on it
	dir=$(mktemp -d)
	trap 'rm -rf "$dir"' EXIT
	while read -r package version; do
		have=$(dpkg-query -W -f '${Version}' "$package" 2>/dev/null || echo none)
		[ "$have" = "$version" ] || { echo "gnome-keyring-unlock: $package is $have, not $version" >&2; exit 2; }
	done <<'END'
gnome-keyring 42.1-1+b2
dbus-daemon 1.14.10-1~deb12u1
END
	cd "$dir"
	mkdir home run
	env -u DISPLAY HOME="$dir/home" XDG_RUNTIME_DIR="$dir/run" XDG_DATA_HOME="$dir/home" XDG_CACHE_HOME="$dir/home" XDG_CONFIG_HOME="$dir/home" \
		timeout 60 dbus-run-session -- bash "$self" inside >seen 2>log || { cat log >&2; exit 1; }
	diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
	cat seen
	exit
fi

locked() {
	local keyring=/org/freedesktop/secrets/collection/login said
	for _ in $(seq 100); do # until the new daemon has taken over
		if said=$(busctl --user get-property org.freedesktop.secrets $keyring org.freedesktop.Secret.Collection Locked 2>/dev/null); then
			echo "${said#b }"
			return
		fi
		sleep 0.1
	done
	echo "no answer"
}
owner() { busctl --user call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus GetConnectionUnixProcessID s org.freedesktop.secrets 2>/dev/null || true; }
try() { # WHAT COMMAND...: a new daemon with the command's output as the password
	local code=0 before
	before=$(owner)
	"${@:2}" | gnome-keyring-daemon --unlock --replace --components=secrets >/dev/null || code=$?
	for _ in $(seq 100); do
		[ "$(owner)" = "$before" ] || break
		sleep 0.1
	done
	echo "$1: exit $code, locked: $(locked)"
}
try "first time, printf password" printf password
try "printf password" printf password
try "echo password" echo password
try "printf wrong" printf wrong
try "printf password" printf password
