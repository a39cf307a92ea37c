#!/usr/bin/env bash
# keyctl: a user's own key is found, and not readable, in a session of another kind
#
# Versions: keyutils 1.6.3-2 (Debian 12), on Linux (seen on 6.18).
# Needs:    apt, a kernel that gives out keys (most containers' do not). No root.
#
# One would guess that whoever may search the user keyring and gets the key's number back can read the key: it is
# the user's own, and "search" says that it is there. A key's owner is allowed to view it, nothing more. To read it
# takes possession: a chain of links from the process's own session keyring to the key. The session that the kernel
# starts with has such a link to the user keyring; one that su, sudo, cron or a service manager made with
# "keyctl session" or pam_keyinit may have none. There the same program of the same user is told "Permission
# denied", which looks like a wrong owner. Either a link into the session mends it, or more rights for the owner,
# given by who stored the key.
#
# Output, which is compared:
#   | a session with a link to the user keyring: read: the value
#   | a session without: search: found
#   | a session without: read: keyctl_read_alloc: Permission denied
#   | a session without, owner's rights widened: read: the value
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d) key=
finish() {
	[ -z "$key" ] || keyctl unlink "$key" @u
	rm -rf "$dir"
}
trap finish EXIT
cd "$dir"

apt-get -q -o APT::Sandbox::User= download keyutils=1.6.3-2 libkeyutils1=1.6.3-2 >/dev/null
for package in *.deb; do
	dpkg-deb --extract "$package" .
done
export PATH=$dir/bin:$PATH LD_LIBRARY_PATH=$(dirname lib/*/libkeyutils.so.1) name=finding:$$ key
LD_LIBRARY_PATH=$dir/$LD_LIBRARY_PATH

say() { # SITUATION COMMAND...
	printf '%s: %s\n' "$1" "$("${@:2}" 2>&1 | grep -v '^Joined session')"
}
alone() { keyctl session - sh -c "$1"; }
linked() { keyctl session - sh -c "keyctl link @u @s && $1"; }

key=$(linked 'keyctl add user "$name" "the value" @u' 2>/dev/null)
{
	say "a session with a link to the user keyring: read" linked 'keyctl print "$key"'
	say "a session without: search" alone 'test "$(keyctl search @u user "$name")" = "$key" && echo found'
	say "a session without: read" alone 'keyctl print "$key"'
	linked 'keyctl setperm "$key" 0x3f030000' 2>/dev/null # the owner may read, too
	say "a session without, owner's rights widened: read" alone 'keyctl print "$key"'
} >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
