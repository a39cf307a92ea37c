#!/usr/bin/env bash
# OpenSSH: over a shared connection the first session's SetEnv and SendEnv count, and -R outlives the session
#
# Versions: openssh-server and openssh-client 1:9.2p1-2+deb12u10 (Debian 12).
# Needs:    apt, root (sshd wants its account, which it gets in a mount namespace of its own), python3.
#
# With ControlMaster a second ssh to a host goes through the first one's connection, and one would guess that it is
# otherwise a session as any: its variables arrive, and its -R ends with it. The master sends the variables, and looks
# at its own options: the second ssh's SetEnv is dropped for the master's, and what it has for SendEnv is passed over,
# without a word. Its -R is opened in the master's connection and stays when that ssh has ended, for as long as the
# master lives (ControlPersist: hours), so that the remote host still reaches what was meant for one command. A
# command that hands over a socket's path in a variable therefore sets neither, or another session's.
#
# Output, which is compared:
#   | alone: FINDING_SEND=sent FINDING_SET=second
#   | over the connection of a session with SetEnv=FINDING_SET=first: FINDING_SET=first
#   | alone: a -R socket's listener, when ssh has ended: gone
#   | over a shared connection: a -R socket's listener, when ssh has ended: there
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
finish() {
	[ ! -e "$dir/ctl" ] || ssh -F none -S "$dir/ctl" -O exit 127.0.0.1 2>/dev/null || true
	[ ! -s "$dir/pid" ] || kill "$(cat "$dir/pid")" || true
	rm -rf "$dir"
}
trap finish EXIT
cd "$dir"

apt-get -q -o APT::Sandbox::User= download openssh-server=1:9.2p1-2+deb12u10 openssh-client=1:9.2p1-2+deb12u10 libwrap0 libnsl2 libtirpc3 >/dev/null
for package in *.deb; do
	dpkg-deb --extract "$package" .
done
export PATH=$dir/usr/bin:$PATH LD_LIBRARY_PATH=
for folder in "$dir"/lib/*-linux-gnu "$dir"/usr/lib/*-linux-gnu; do
	[ ! -d "$folder" ] || LD_LIBRARY_PATH+=$folder:
done

ssh-keygen -q -t ed25519 -N '' -f host_key
ssh-keygen -q -t ed25519 -N '' -f key
cp key.pub authorized_keys
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
cat >sshd_config <<END
Port $port
ListenAddress 127.0.0.1
HostKey $dir/host_key
PidFile $dir/pid
AuthorizedKeysFile $dir/authorized_keys
UsePAM no
StrictModes no
PermitRootLogin yes
AcceptEnv FINDING_*
END
{
	grep -v '^sshd:' /etc/passwd
	echo 'sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin'
} >passwd
unshare --mount --propagation private sh -c "
	mount --bind '$dir/passwd' /etc/passwd
	mount -t tmpfs tmpfs /run
	mkdir /run/sshd
	exec '$dir/usr/sbin/sshd' -f '$dir/sshd_config' -E '$dir/log'"
for _ in $(seq 100); do [ -s pid ] || sleep 0.1; done

options=(-F none -p "$port" -i key -o StrictHostKeyChecking=no -o UserKnownHostsFile="$dir/known_hosts" -o BatchMode=yes -o LogLevel=ERROR)
remote() { timeout 30 ssh "${options[@]}" "$@"; }
variables() { # OPTION...
	FINDING_SEND=sent remote -o SetEnv=FINDING_SET=second -o SendEnv=FINDING_SEND "$@" 127.0.0.1 'env | grep ^FINDING_ | sort' | paste -s -d ' '
}
listener() { # SOCKET
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$1" 2>/dev/null && echo there || echo gone
}
{
	echo "alone: $(variables)"
	remote -M -S "$dir/ctl" -o SetEnv=FINDING_SET=first -f -N 127.0.0.1 >/dev/null 2>&1
	echo "over the connection of a session with SetEnv=FINDING_SET=first: $(variables -S "$dir/ctl")"
	remote -R "$dir/alone.sock:127.0.0.1:9" 127.0.0.1 true
	echo "alone: a -R socket's listener, when ssh has ended: $(listener "$dir/alone.sock")"
	remote -S "$dir/ctl" -R "$dir/shared.sock:127.0.0.1:9" 127.0.0.1 true
	echo "over a shared connection: a -R socket's listener, when ssh has ended: $(listener "$dir/shared.sock")"
} >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
