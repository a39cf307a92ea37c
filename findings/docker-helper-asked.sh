#!/usr/bin/env bash
# go-containerregistry (crane, ko) asks a credential store for a repository, and for public images, too
#
# Versions: github.com/google/go-containerregistry v0.22.1; oras.land/oras-go/v2 v2.7.0, which Helm uses (Go modules).
# Needs:    Go. No root.
#
# A docker-credential helper is asked for a registry: docker's protocol says "server URL", and one would guess that
# all that read docker's config.json hand over the same name. With credsStore the library under crane and ko asks for
# REGISTRY/REPOSITORY first, and for the registry only if the helper says that it knows no such thing. A helper that
# looks at the host closely fails on the path, and its failure ends the call; and since the library asks before its
# first request, an image that anybody may pull can't be pulled either. With credHelpers, and for oras, it is the
# registry's name alone; and oras waits for the registry to want a password.
#
# Output, which is compared:
#   | credsStore: crane's library asks for 127.0.0.1:5000/team/app, 127.0.0.1:5000
#   | credsStore: oras asks for 127.0.0.1:5000
#   | credHelpers: crane's library asks for 127.0.0.1:5000
#   | credHelpers: oras asks for 127.0.0.1:5000
#   | credsStore, a helper that takes hosts alone: crane's library: no credential, the call fails
#   | credsStore, a helper that takes hosts alone: oras: a credential
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"oras.land/oras-go/v2/registry/remote/credentials"
)

// crane resolves as "crane pull" does.
func crane() (user string, err error) {
	repository, err := name.NewRepository("127.0.0.1:5000/team/app")
	if err != nil {
		return "", err
	}
	a, err := authn.DefaultKeychain.Resolve(repository)
	if err != nil {
		return "", err
	}
	config, err := a.Authorization()
	if err != nil {
		return "", err
	}
	return config.Username, nil
}

// oras resolves as "helm pull" does.
func oras() (user string, err error) {
	store, err := credentials.NewStoreFromDocker(credentials.StoreOptions{})
	if err != nil {
		return "", err
	}
	c, err := credentials.Credential(store)(context.Background(), "127.0.0.1:5000")
	return c.Username, err
}

func main() {
	user, err := map[string]func() (string, error){"crane": crane, "oras": oras}[os.Args[1]]()
	switch {
	case err != nil:
		fmt.Println("no credential, the call fails")
	case user == "":
		fmt.Println("no credential")
	default:
		fmt.Println("a credential")
	}
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" 2>messages || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/google/go-containerregistry@v0.22.1 oras.land/oras-go/v2@v2.7.0
quiet go mod tidy
go build -o finding .

mkdir bin
cat >bin/docker-credential-trial <<END
#!/bin/sh
server=\$(cat)
echo "\$server" >>"$dir/asked"
if [ "\$ANSWER" = unknown ]; then
	echo "credentials not found in native keychain"
	exit 1
elif [ "\$server" != "\${server%/*}" ]; then
	echo "not a host: \$server"
	exit 1
fi
echo '{"ServerURL":"'"\$server"'","Username":"user","Secret":"secret"}'
END
chmod +x bin/docker-credential-trial
run() { # PROGRAM
	PATH=$dir/bin:$PATH HOME=$dir DOCKER_CONFIG=$dir timeout 30 ./finding "$1"
}
asked() { # PROGRAM
	: >asked
	ANSWER=unknown run "$1" >/dev/null
	paste -s -d , asked | sed 's/,/, /g'
}
{
	echo '{"credsStore":"trial"}' >config.json
	echo "credsStore: crane's library asks for $(asked crane)"
	echo "credsStore: oras asks for $(asked oras)"
	echo '{"credHelpers":{"127.0.0.1:5000":"trial"}}' >config.json
	echo "credHelpers: crane's library asks for $(asked crane)"
	echo "credHelpers: oras asks for $(asked oras)"
	echo '{"credsStore":"trial"}' >config.json
	export ANSWER=host
	echo "credsStore, a helper that takes hosts alone: crane's library: $(run crane)"
	echo "credsStore, a helper that takes hosts alone: oras: $(run oras)"
} >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
