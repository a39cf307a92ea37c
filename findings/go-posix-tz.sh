#!/usr/bin/env bash
# Go takes UTC where TZ is a rule; and a rule without dates changes at another hour on Debian
#
# Versions: Go 1.26.8; coreutils 9.1-1, libc6 2.36-9+deb12u14, tzdata 2025b-0+deb12u2 (Debian 12, installed).
# Needs:    Go. No root.
#
# POSIX has TZ be a rule: "CET-1CEST,M3.5.0,M10.5.0/3". Containers and routers that have no zone files do with it. Go's
# package time evaluates such rules, for they stand at the end of zone files, too. So one would guess that it takes one
# from TZ. It takes names of files there alone, and without a word UTC for all else. A program in Go that prints local
# time without a zone for programs in C or Python to read is off by hours then, and so is one that reads it. What helps is
# a zone file in memory with the rule as its footer, for time.LoadLocationFromTZData.
#
# A rule may leave out the dates: "AAA5BBB". These are then up to the system, and those of the United States everywhere.
# One would guess the same local time as with these dates written out. glibc has another way for it, by the zone file
# "posixrules", and ends summer time hours too early or too late there.
#
# Output, which is compared:
#   | CET-1CEST,M3.5.0,M10.5.0/3 at 2026-07-01 12:00 UTC: date 14:00, Go 12:00, Go by a footer 14:00
#   | <-03>3 at 2026-07-01 12:00 UTC: date 09:00, Go 12:00, Go by a footer 09:00
#   | Europe/Berlin at 2026-07-01 12:00 UTC: date 14:00, Go 14:00
#   | AAA5BBB at 2026-11-01 03:00 UTC: date 22:00, Go 03:00, Go by a footer 23:00
#   | AAA5BBB,M3.2.0,M11.1.0 at 2026-11-01 03:00 UTC: date 23:00, Go 03:00, Go by a footer 23:00
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
for package in coreutils:9.1-1 libc6:2.36-9+deb12u14 tzdata:2025b-0+deb12u2; do
	installed=$(dpkg-query -W -f '${Version}' "${package%%:*}" 2>/dev/null) || installed=none
	[ "$installed" = "${package#*:}" ] || { echo "${package%%:*} is $installed, not ${package#*:}" >&2; exit 2; }
done

cat >main.go <<'END'
package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

func main() {
	rule := os.Getenv("TZ")
	at, err := time.Parse("2006-01-02 15:04 MST", os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Print("Go ", at.Local().Format("15:04"))
	if strings.Contains(rule, "/Berlin") {
		return
	}
	zeros := func(n int) string { return strings.Repeat("\x00", n) }
	file := "TZif2" + zeros(15+24) + "TZif2" + zeros(15+16) + "\x00\x00\x00\x01\x00\x00\x00\x04" + zeros(6) + "UTC\x00\n" + rule + "\n"
	zone, err := time.LoadLocationFromTZData(rule, []byte(file))
	if err != nil {
		panic(err)
	}
	fmt.Print(", Go by a footer ", at.In(zone).Format("15:04"))
}
END
export GOWORK=off
GOFLAGS=-mod=mod go mod init finding 2>messages || { cat messages >&2; exit 2; }
go build -o finding .
while read -r tz at; do
	echo "$tz at $at: date $(TZ=$tz date -d "@$(date -d "$at" +%s)" +%H:%M), $(TZ=$tz ./finding "$at")"
done >seen <<'END'
CET-1CEST,M3.5.0,M10.5.0/3 2026-07-01 12:00 UTC
<-03>3 2026-07-01 12:00 UTC
Europe/Berlin 2026-07-01 12:00 UTC
AAA5BBB 2026-11-01 03:00 UTC
AAA5BBB,M3.2.0,M11.1.0 2026-11-01 03:00 UTC
END

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
