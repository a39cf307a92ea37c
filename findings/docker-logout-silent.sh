#!/usr/bin/env bash
# docker logout hides that the credential helper could not erase: it counts the failures wrong
#
# Versions: github.com/docker/cli v29.9.3 (the docker command with its commands for registries, built from its
#           Go module).
# Needs:    Go (the build takes a minute or two). No root, no docker daemon.
#
# The docker command has a warning for a helper that failed to erase, and one would guess that logout shows it. It has
# four names erased: the one that was given, its host, and the host with http:// and https:// before it. It warns if as
# many failed as there are. But it counts failures by name, and of the four two are one name, as long as what was given
# is a host, with or without a scheme. So it never has four, and says "Removing login credentials" while all of them are
# still there. Only for a name with a path the four differ. On the way a helper of credHelpers is asked twice for its
# registry, and one in credsStore for names with a scheme, too. Each time logout ends with 0.
#
# Output, which is compared:
#   | credsStore, logout 127.0.0.1:5000: erase 127.0.0.1:5000, 127.0.0.1:5000, http://127.0.0.1:5000, https://127.0.0.1:5000
#   | all failed; ended with 0, says: Removing login credentials for 127.0.0.1:5000
#   | credsStore, logout https://127.0.0.1:5000: erase https://127.0.0.1:5000, 127.0.0.1:5000, http://127.0.0.1:5000, https://127.0.0.1:5000
#   | all failed; ended with 0, says: Removing login credentials for 127.0.0.1:5000
#   | credsStore, logout 127.0.0.1:5000/team: erase 127.0.0.1:5000/team, 127.0.0.1:5000, http://127.0.0.1:5000, https://127.0.0.1:5000
#   | all failed; ended with 0, says: Removing login credentials for 127.0.0.1:5000, WARNING: could not erase credentials:
#   | credHelpers, logout 127.0.0.1:5000: erase 127.0.0.1:5000, 127.0.0.1:5000
#   | all failed; ended with 0, says: Removing login credentials for 127.0.0.1:5000
set -euo pipefail
self=$(realpath "$0") dir=$(realpath "$(mktemp -d)")
trap 'rm -rf "$dir"' EXIT
cd "$dir"

export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" 2>messages || { cat messages >&2; exit 2; }; }
quiet go mod download github.com/docker/cli@v29.9.3+incompatible
cp -r "$(go env GOMODCACHE)/github.com/docker/cli@v29.9.3+incompatible" source
chmod -R u+w source
cd source
mv vendor.mod go.mod # docker's own list of versions, under the name that Go knows
mv vendor.sum go.sum
# Without the commands that have no part in this, and take minutes.
sed -i '\|_ ".*/cli/command/|{ \|/registry"|!d }' cli/command/commands/commands.go
quiet go build -o ../docker ./cmd/docker
cd ..

mkdir bin
cat >bin/docker-credential-trial <<END
#!/bin/sh
echo "\$1 \$(cat)" >>"$dir/asked"
echo "the keyring is locked"
exit 1
END
chmod +x bin/docker-credential-trial
try() { # WHAT CONFIG SERVER
	local code=0
	: >asked
	echo "$2" >config.json
	PATH=$dir/bin:$PATH HOME=$dir DOCKER_CONFIG=$dir DOCKER_HOST=unix://$dir/none \
		timeout 60 ./docker logout "$3" >said 2>&1 || code=$?
	echo "$1, logout $3: erase $(sed 's/^erase //' asked | paste -s -d , | sed 's/,/, /g')"
	# The names that follow the warning come in any order.
	echo "all failed; ended with $code, says: $(grep -v ': error erasing' said | paste -s -d , | sed 's/,/, /g')"
}
{
	try credsStore '{"credsStore":"trial"}' 127.0.0.1:5000
	try credsStore '{"credsStore":"trial"}' https://127.0.0.1:5000
	try credsStore '{"credsStore":"trial"}' 127.0.0.1:5000/team
	try credHelpers '{"credHelpers":{"127.0.0.1:5000":"trial"}}' 127.0.0.1:5000
} >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
