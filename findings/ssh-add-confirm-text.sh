#!/usr/bin/env bash
# ssh-agent: an askpass program that confirms with 0 refuses all the same if it prints anything but "yes"
#
# Versions: openssh-client 1:9.2p1-2+deb12u10 (Debian 12).
# Needs:    apt. No root.
#
# A key of "ssh-add -c" asks before it signs. ssh-add(1) says how the program that asks answers: "Successful confirmation
# is signaled by a zero exit status from ssh-askpass(1), rather than text entered into the requester." So one would guess
# that what it prints does not matter. The agent reads the text, too: after a 0 it wants the first line to be empty or
# "yes", in any case of letters. A dialog that prints which button was pressed ("Yes, allow"), or one that knows no
# SSH_ASKPASS_PROMPT=confirm and prints what was typed into it ("y"), ends with 0 and refuses, and ssh then says that
# the agent refused. Whoever runs such programs and goes by the exit code alone, as the page says, takes that typed text
# for a yes.
#
# Output, which is compared:
#   | prints nothing, ends with 0: signed
#   | prints an empty line, ends with 0: signed
#   | prints "yes", ends with 0: signed
#   | prints "YES", ends with 0: signed
#   | prints "y", ends with 0: refused
#   | prints "ok", ends with 0: refused
#   | prints "Yes, allow", ends with 0: refused
#   | prints "yes", ends with 1: refused
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d) agent=
finish() {
	[ -z "$agent" ] || kill "$agent" || true
	rm -rf "$dir"
}
trap finish EXIT
cd "$dir"

apt-get -q -o APT::Sandbox::User= download openssh-client=1:9.2p1-2+deb12u10 >/dev/null
dpkg-deb --extract openssh-client_*.deb .
export PATH=$dir/usr/bin:$PATH

cat >askpass <<END
#!/bin/sh
[ "\$SSH_ASKPASS_PROMPT" = confirm ] || exit 99
touch '$dir/asked'
cat '$dir/text'
exit "\$(cat '$dir/code')"
END
chmod +x askpass
SSH_ASKPASS=$dir/askpass DISPLAY=:9 ssh-agent -D -a "$dir/socket" >/dev/null 2>log &
agent=$!
for _ in $(seq 100); do [ -S socket ] || sleep 0.1; done
export SSH_AUTH_SOCK=$dir/socket
ssh-keygen -q -t ed25519 -N '' -f key
ssh-add -q -c key
mv key elsewhere # the agent alone has it
echo data >data

try() { # WHAT TEXT CODE
	local result=refused
	printf '%s' "$2" >text
	echo "$3" >code
	rm -f asked data.sig
	if ssh-keygen -q -Y sign -f key.pub -n file data >>log 2>&1; then
		ssh-keygen -q -Y check-novalidate -n file -s data.sig <data >>log 2>&1
		result=signed
	fi
	[ -e asked ] || result="not asked"
	echo "prints $1, ends with $3: $result"
}
{
	try nothing '' 0
	try 'an empty line' $'\n' 0
	try '"yes"' $'yes\n' 0
	try '"YES"' $'YES\n' 0
	try '"y"' $'y\n' 0
	try '"ok"' $'ok\n' 0
	try '"Yes, allow"' $'Yes, allow\n' 0
	try '"yes"' $'yes\n' 1
} >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
