#!/usr/bin/env bash
# go-autorest, which means to keep to folders of its own, runs the az of PATH
#
# Versions: github.com/Azure/go-autorest/autorest/azure/auth v0.5.13 and azure/cli v0.4.6 (Go modules).
# Needs:    Go. No root.
#
# NewAuthorizerFromCLI runs "az". A comment in GetAzureCLICommand says that the default folders are there for security:
# nothing of the calling program's PATH is to be run, and the variable AzureCLIPath (in this spelling) is where a
# developer says that az is elsewhere. So one would guess that an az on PATH is not found, and that one in AzureCLIPath
# is. It is the other way round: on Unix exec.Command has looked the program up before the library sets PATH for the
# child. Whoever can put an az into a folder of PATH gives the tokens, and AzureCLIPath alone finds none.
#
# Output, which is compared:
#   | an az on PATH: it ran, with account get-access-token -o json --resource https://management.azure.com/
#   | its own PATH: :/bin:/sbin:/usr/bin:/usr/local/bin
#   | an az in AzureCLIPath: exec: "az": executable file not found in $PATH
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

mkdir az-is-here program empty
cat >az-is-here/az <<'END'
#!/bin/sh
echo "it ran, with $*" >"$RAN"
echo "its own PATH: $PATH" >>"$RAN"
echo '{"accessToken":"x","expiresOn":"2030-01-01 00:00:00.000000","tokenType":"Bearer"}'
END
chmod +x az-is-here/az
cd program
cat >go.mod <<'END'
module x

go 1.26
END
cat >main.go <<'END'
package main

import (
	"fmt"
	"strings"

	"github.com/Azure/go-autorest/autorest/azure/auth"
)

func main() {
	if _, err := auth.NewAuthorizerFromCLI(); err != nil {
		fmt.Println(err.Error()[strings.Index(err.Error(), "exec: "):])
	}
}
END
quiet() { "$@" >messages 2>&1 || { cat messages >&2; exit 2; }; }
quiet go get github.com/Azure/go-autorest/autorest/azure/auth@v0.5.13 github.com/Azure/go-autorest/autorest/azure/cli@v0.4.6
quiet go mod tidy
quiet go build -o ../x .
cd ..

export RAN=$dir/ran
{
	printf 'an az on PATH: '
	PATH=$dir/az-is-here:$PATH ./x
	cat ran
	printf 'an az in AzureCLIPath: '
	PATH=$dir/empty AzureCLIPath=$dir/az-is-here ./x
} >seen
diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
