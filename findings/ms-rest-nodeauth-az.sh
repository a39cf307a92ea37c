#!/usr/bin/env bash
# @azure/ms-rest-nodeauth: choosing a subscription always fails, and is done
#
# Versions: @azure/ms-rest-nodeauth 3.1.1 (npm), the last one; azure-cli 2.45.0 (Debian).
# Needs:    npm, node (20 was used), and azure-cli of Debian installed (apt-get install; the script checks the version).
#           No root.
#
# AzureCliCredentials runs az and reads JSON. setDefaultSubscription runs "az account set", which prints nothing when
# all is well, and nothing is no JSON: the promise is rejected each time, though from then on the other subscription
# counts. One would guess that a rejected promise means that nothing happened, and a program that stops there is run
# again and fails again. listAllSubscriptions({ all: true }) is rejected, too, and there nothing can be done about it:
# it gives az the argument " --all", with a space in front, which az doesn't know.
#
# Output, which is compared:
#   | listAllSubscriptions(): one two
#   | listAllSubscriptions({ all: true }): rejected: unrecognized arguments:  --all
#   | setDefaultSubscription("two"): rejected: SyntaxError: Unexpected end of JSON input
#   | getSubscription(): two
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

have=$(dpkg-query -W -f '${Version}' azure-cli 2>/dev/null || echo none)
if [ "$have" != 2.45.0-1 ]; then
	echo "azure-cli 2.45.0-1 is needed here, and there is $have" >&2
	exit 2
fi
# Two subscriptions of somebody who has signed in, as az keeps them.
mkdir azure
one() { # NAME ID DEFAULT
	printf '{"id":"%s","name":"%s","isDefault":%s,"state":"Enabled","environmentName":"AzureCloud","managedByTenants":[],' "$2" "$1" "$3"
	printf '"tenantId":"22222222-2222-2222-2222-222222222222","user":{"name":"a@example.com","type":"user"}}'
}
printf '{"installationId":"1","subscriptions":[%s,%s]}' "$(one one 11111111-1111-1111-1111-111111111111 true)" \
	"$(one two 33333333-3333-3333-3333-333333333333 false)" >azure/azureProfile.json
export AZURE_CONFIG_DIR=$dir/azure AZURE_CORE_COLLECT_TELEMETRY=false HOME=$dir PATH=/usr/bin:/bin:$PATH

npm install --ignore-scripts --no-audit --no-fund --loglevel=error --no-update-notifier --prefix . @azure/ms-rest-nodeauth@3.1.1 >/dev/null
cat >try.cjs <<'END'
const { AzureCliCredentials: az } = require("@azure/ms-rest-nodeauth");
const rejected = (e) => "rejected: " + e.message.match(/(unrecognized arguments: .*|SyntaxError: .*)/)[1];
(async () => {
  const names = (all) => all.map((one) => one.name).join(" ");
  console.log("listAllSubscriptions():", await az.listAllSubscriptions().then(names));
  console.log("listAllSubscriptions({ all: true }):", await az.listAllSubscriptions({ all: true }).then(names, rejected));
  console.log('setDefaultSubscription("two"):', await az.setDefaultSubscription("two").then(() => "done", rejected));
  console.log("getSubscription():", (await az.getSubscription()).name);
})();
END
timeout 120 node try.cjs >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
