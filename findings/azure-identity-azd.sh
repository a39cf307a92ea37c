#!/usr/bin/env bash
# @azure/identity takes the token of an az or azd that failed, and azidentity names a command that mends nothing
#
# Versions: @azure/identity 4.14.1 (npm); azidentity v1.15.0 (Go module, below github.com/Azure/azure-sdk-for-go/sdk).
# Needs:    Go, npm, node (20 was used). No root.
#
# The SDKs run az and azd and read what they print. One would guess that the exit code says whether there is a token. In
# Go it does. In JavaScript nobody looks at it: what counts is whether standard output can be read and which words stand
# on standard error. So the token of a program that failed is taken, and the good token of one that succeeded is thrown
# away if it warns of something in the wrong words.
#
# A claims challenge is what a resource demands of a sign-in beyond what the token shows. Where azd can't satisfy it
# azidentity says to run a command first, and one would guess that this is "azd auth login". It is the command that it
# has just run, without the claims: that prints a token like the one that was refused, and signs nobody in. In JavaScript
# the same advice is "azd auth login", if azd says "reauthentication required".
#
# Output, which is compared:
#   | Go, az prints a token and fails: AuthenticationFailedError
#   | Go, azd prints a token and fails: AuthenticationFailedError
#   | Go, azd prints a token and warns: a token
#   | Go, azd is given claims and refuses: run azd auth token -o json --no-prompt --scope https://r.example/.default
#   | JavaScript, az prints a token and fails: a token
#   | JavaScript, azd prints a token and fails: a token
#   | JavaScript, azd prints a token and warns: CredentialUnavailableError
#   | JavaScript, azd is given claims and refuses: run azd auth login --scope https://r.example/.default
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

for name in $(compgen -e | grep -E ^AZURE_); do
	unset "$name"
done
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" >messages 2>&1 || { cat messages >&2; exit 2; }; }
quiet npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix . @azure/identity@4.14.1

mkdir bin
cat >bin/az <<'END'
#!/bin/sh
echo '{"accessToken":"t","expiresOn":"2099-01-01 00:00:00.000000","expires_on":4070908800,"tenant":"t","tokenType":"Bearer"}'
exit 1
END
cat >bin/azd <<'END'
#!/bin/sh
case "$*" in
*--claims*) echo 'ERROR: reauthentication required' >&2; exit 1 ;;
esac
if [ "$DOES" = warns ]; then
	echo 'WARNING: reauthentication required soon' >&2
fi
echo '{"token":"t","expiresOn":"2099-01-01T00:00:00Z"}'
[ "$DOES" = warns ]
END
chmod +x bin/az bin/azd

cat >main.go <<'END'
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

func ask(what string, c azcore.TokenCredential, claims string) {
	_, err := c.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{"https://r.example/.default"}, Claims: claims})
	said := "a token"
	var failed *azidentity.AuthenticationFailedError
	if errors.As(err, &failed) {
		said = "AuthenticationFailedError"
	}
	if _, command, ok := strings.Cut(fmt.Sprint(err), "then retry the operation: "); ok {
		said = "run " + strings.SplitN(command, ". To troubleshoot", 2)[0]
	}
	fmt.Printf("Go, %s: %s\n", what, said)
}

func main() {
	az, err := azidentity.NewAzureCLICredential(nil)
	if err != nil {
		panic(err)
	}
	azd, err := azidentity.NewAzureDeveloperCLICredential(nil)
	if err != nil {
		panic(err)
	}
	os.Setenv("DOES", "fails")
	ask("az prints a token and fails", az, "")
	ask("azd prints a token and fails", azd, "")
	os.Setenv("DOES", "warns")
	ask("azd prints a token and warns", azd, "")
	ask("azd is given claims and refuses", azd, "{}")
}
END
quiet go mod init finding
quiet go get github.com/Azure/azure-sdk-for-go/sdk/azidentity@v1.15.0
quiet go mod tidy
quiet go build -o finding .
PATH=$dir/bin:$PATH timeout 60 ./finding >seen

cat >try.mjs <<'END'
import { AzureCliCredential, AzureDeveloperCliCredential } from "@azure/identity";

async function ask(what, credential, claims) {
  const said = await credential.getToken("https://r.example/.default", { claims }).then(
    () => "a token",
    (e) => (claims && e.message.includes("azd auth login") ? `run ${e.message.slice(e.message.indexOf("azd auth login"))}` : e.name),
  );
  console.log(`JavaScript, ${what}: ${said}`);
}
process.env.DOES = "fails";
await ask("az prints a token and fails", new AzureCliCredential());
await ask("azd prints a token and fails", new AzureDeveloperCliCredential());
process.env.DOES = "warns";
await ask("azd prints a token and warns", new AzureDeveloperCliCredential());
await ask("azd is given claims and refuses", new AzureDeveloperCliCredential(), "{}");
END
PATH=$dir/bin:$PATH timeout 60 node try.mjs >>seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
