#!/usr/bin/env bash
# azidentity: a subscription with its own tenant is what az refuses; OpenTofu gives both
#
# Versions: github.com/Azure/azure-sdk-for-go/sdk/azidentity v1.15.0 (Go module); @azure/identity 4.13.1 (npm);
#           azure-cli 2.45.0 (Debian). The backend azurerm of OpenTofu 1.12.6 was seen to fail so, too.
# Needs:    Go, npm, node (20 was used), and azure-cli of Debian installed (apt-get install; the script checks the
#           version). No root.
#
# AzureCLICredential takes a TenantID and a Subscription, and their documentation doesn't say that one rules out the
# other. One would guess that both together are more careful than one. But az refuses "--tenant" beside "--subscription",
# whether they agree or not and before it looks who has signed in; and so does each call for a tenant of a credential
# that has a subscription alone, as a client makes after a challenge of Key Vault. OpenTofu's backend hands on what stands in
# its block: with tenant_id and subscription_id, which Terraform's takes, "tofu init" can't sign in by az.
#
# Output, which is compared:
#   | Go, a tenant: Please run 'az login' to setup account
#   | Go, a subscription: Please run 'az login' to setup account
#   | Go, both: Please specify only one of subscription and tenant, not both
#   | Go, a subscription, and a call for a tenant: Please specify only one of subscription and tenant, not both
#   | JavaScript, both: Please specify only one of subscription and tenant, not both
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

have=$(dpkg-query -W -f '${Version}' azure-cli 2>/dev/null || echo none)
if [ "$have" != 2.45.0-1 ]; then
	echo "azure-cli 2.45.0-1 is needed here, and there is $have" >&2
	exit 2
fi
quiet() { "$@" >messages 2>&1 || { cat messages >&2; exit 2; }; }
for name in $(compgen -e | grep -E ^AZURE_); do
	unset "$name"
done
cat >main.go <<'END'
package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

const tenant, subscription = "22222222-2222-2222-2222-222222222222", "11111111-1111-1111-1111-111111111111"

// says is what az says in an error.
func says(err error) string {
	for _, line := range strings.Split(err.Error(), "\n") {
		if _, after, ok := strings.Cut(line, "ERROR: "); ok {
			after, _, _ = strings.Cut(after, ". To troubleshoot")
			return after
		}
	}
	return err.Error()
}

func main() {
	ctx, done := context.WithTimeout(context.Background(), time.Minute) // in place of ten seconds
	defer done()
	for _, c := range []struct {
		name    string
		options azidentity.AzureCLICredentialOptions
		call    string
	}{
		{"a tenant", azidentity.AzureCLICredentialOptions{TenantID: tenant}, ""},
		{"a subscription", azidentity.AzureCLICredentialOptions{Subscription: subscription}, ""},
		{"both", azidentity.AzureCLICredentialOptions{TenantID: tenant, Subscription: subscription}, ""},
		{"a subscription, and a call for a tenant", azidentity.AzureCLICredentialOptions{Subscription: subscription}, tenant},
	} {
		credential, err := azidentity.NewAzureCLICredential(&c.options)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		_, err = credential.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{"https://management.azure.com/.default"}, TenantID: c.call})
		fmt.Printf("Go, %s: %s\n", c.name, says(err))
	}
}
END
quiet go mod init finding
quiet go get github.com/Azure/azure-sdk-for-go/sdk/azidentity@v1.15.0
quiet go mod tidy
quiet go build -o finding .
npm install --ignore-scripts --no-audit --no-fund --loglevel=error --no-update-notifier --prefix . @azure/identity@4.13.1 >/dev/null
cat >try.cjs <<'END'
const { AzureCliCredential } = require("@azure/identity");
new AzureCliCredential({ tenantId: "22222222-2222-2222-2222-222222222222", subscription: "11111111-1111-1111-1111-111111111111", processTimeoutInMs: 60000 })
  .getToken("https://management.azure.com/.default")
  .catch((e) => console.log("JavaScript, both:", e.message.match(/ERROR: (.*)/)[1]));
END

export AZURE_CONFIG_DIR=$dir/azure AZURE_CORE_COLLECT_TELEMETRY=false HOME=$dir PATH=/usr/bin:/bin:$PATH
{ timeout 120 ./finding && timeout 120 node try.cjs; } >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
