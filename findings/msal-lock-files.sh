#!/usr/bin/env bash
# MSAL's extensions for Python and for Node share a lock file, and do not keep each other out
#
# Versions: python3-msal-extensions 1.0.0-2 with python3-portalocker 2.2.1-1 (Debian 12; msal-extensions 1.3.1 was
#           seen to do the same); @azure/msal-node-extensions 5.6.1 (npm).
# Needs:    apt, npm, node (20 was used), /usr/bin/python3 of Debian 12. No root.
#
# Both call it CrossPlatformLock, both take the same NAME.lockfile beside the token cache, and one would guess that a
# Python and a Node program can share a cache under it. For Node the lock is that the file exists. Python tries to
# make the file for 5 seconds; if it is still there it takes flock on it, which Node never asks for, and goes in. On
# leaving it deletes the file, so that a third program gets Node's lock while the first still has it: two writers, and
# the refresh token of one of them is lost. After a crash it is the other way round: the file stays, Python waits its
# 5 seconds once, and Node (50 s of tries) never gets in.
#
# Output, which is compared:
#   | node 1 has the lock
#   | python got in after about 5 s, while node 1 has the lock
#   | python left; the lock file is gone
#   | node 2 got the lock, while node 1 has it
#   | a lock file left behind: node 3 says: Not able to acquire lock. Exceeded amount of retries set in options
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

apt-get -q -o APT::Sandbox::User= download python3-msal-extensions=1.0.0-2 python3-portalocker=2.2.1-1 >/dev/null
for package in *.deb; do
	dpkg-deb --extract "$package" .
done
export PYTHONPATH=$dir/usr/lib/python3/dist-packages
npm install --ignore-scripts --no-audit --no-fund --loglevel=error --prefix . @azure/msal-node-extensions@5.6.1 >/dev/null

cat >enter.py <<'END'
import importlib.util, sys, time

# The lock's module alone: the package around it wants the whole of MSAL.
spec = importlib.util.spec_from_file_location("cache_lock", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
start = time.monotonic()
with module.CrossPlatLock("cache.lockfile"):
    print("python got in after about %d s, while node 1 has the lock" % round(time.monotonic() - start), flush=True)
END
cat >try.mjs <<'END'
import { existsSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
// The lock's module alone: the package around it wants a native keyring.
import { CrossPlatformLock } from "./node_modules/@azure/msal-node-extensions/dist/lock/CrossPlatformLock.mjs";

const logger = { info() {}, warning() {}, error() {} };
const newLock = () => new CrossPlatformLock("cache.lockfile", logger, { retryNumber: 20, retryDelay: 50 });

const first = newLock();
await first.lock();
console.log("node 1 has the lock");
const python = spawnSync("/usr/bin/python3", ["-W", "ignore", "enter.py", process.argv[2]], { encoding: "utf8", timeout: 30000 });
process.stdout.write(python.stdout);
console.log(`python left; the lock file is ${existsSync("cache.lockfile") ? "there" : "gone"}`);
const second = newLock();
await second.lock();
console.log("node 2 got the lock, while node 1 has it");
await second.unlock();
writeFileSync("cache.lockfile", "1");
await newLock().lock().catch((e) => console.log("a lock file left behind: node 3 says:", e.message.replace(/^.*: /, "")));
END
timeout 60 node try.mjs "$PYTHONPATH/msal_extensions/cache_lock.py" >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
