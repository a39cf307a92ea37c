#!/usr/bin/env bash
# rsc.io/qr gives every code the same mask
#
# Versions: rsc.io/qr v0.2.0; github.com/skip2/go-qrcode v0.0.0-20200617195104-da1b6568686e (Go modules).
# Needs:    Go. No root.
#
# A QR code is drawn through one of eight masks. ISO/IEC 18004 has the encoder try all of them and keep the one with
# the fewest patterns that disturb a reader (long runs, even blocks, false finder patterns), and one would guess that
# an encoder does so, as go-qrcode beside it does. rsc.io/qr takes mask 0 for every text at every level. Readers undo
# any mask, so its codes are read; but a text that falls together with mask 0 is not spared the patterns which the
# rule is there to avoid, and two encoders' codes for one text can't be compared module by module.
#
# Output, which is compared:
#   | rsc.io/qr, 400 texts: masks [0]
#   | go-qrcode, 400 texts: masks [0 1 2 3 4 5 6 7]
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/skip2/go-qrcode"
	"rsc.io/qr"
)

// mask reads the mask's number from the format information: row 8, columns 2 to 4, which the standard draws
// through 101.
func mask(black func(x, y int) bool) int {
	bits := 0
	for x := 2; x <= 4; x++ {
		bits <<= 1
		if black(x, 8) {
			bits |= 1
		}
	}
	return bits ^ 0b101
}

func main() {
	one, other := map[int]bool{}, map[int]bool{}
	for i := range 400 {
		text := fmt.Sprintf("https://example.com/device?code=%d", i*7919)
		a, err := qr.Encode(text, qr.Level(i%4))
		if err != nil {
			panic(err)
		}
		one[mask(a.Black)] = true
		b, err := qrcode.New(text, qrcode.RecoveryLevel(i%4))
		if err != nil {
			panic(err)
		}
		b.DisableBorder = true
		bitmap := b.Bitmap()
		other[mask(func(x, y int) bool { return bitmap[y][x] })] = true
	}
	fmt.Println("rsc.io/qr, 400 texts: masks", slices.Sorted(maps.Keys(one)))
	fmt.Println("go-qrcode, 400 texts: masks", slices.Sorted(maps.Keys(other)))
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" 2>messages || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get rsc.io/qr@v0.2.0 github.com/skip2/go-qrcode@v0.0.0-20200617195104-da1b6568686e
go build -o finding .
timeout 60 ./finding >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
