#!/usr/bin/env bash
# gozxing has a hint for light codes on dark ground, and reads none with it
#
# Versions: github.com/makiuchi-d/gozxing v0.1.1, rsc.io/qr v0.2.0 (Go modules).
# Needs:    Go. No root.
#
# A QR code in a terminal is often light on dark. gozxing has ZXing's hint ALSO_INVERTED for that, and one would guess
# that a test which gives it sees what a phone sees. No reader of gozxing looks at the hint: it is taken, and the same
# picture is "not found" with it and without. The luminance source has to be inverted by hand; then it is read.
#
# Output, which is compared:
#   | dark on light: https://example.com/device
#   | light on dark: NotFoundException
#   | light on dark, ALSO_INVERTED: NotFoundException
#   | light on dark, ALSO_INVERTED, TRY_HARDER: NotFoundException
#   | light on dark, source inverted by hand: https://example.com/device
set -euo pipefail
self=$(realpath "$0") dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"

cat >main.go <<'END'
package main

import (
	"fmt"
	"image"
	"image/color"
	"strings"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"rsc.io/qr"
)

func invert(from image.Image) image.Image {
	to := image.NewGray(from.Bounds())
	for y := range to.Rect.Dy() {
		for x := range to.Rect.Dx() {
			to.SetGray(x, y, color.Gray{Y: 255 - color.GrayModel.Convert(from.At(x, y)).(color.Gray).Y})
		}
	}
	return to
}

func read(what string, source gozxing.LuminanceSource, hints ...gozxing.DecodeHintType) {
	set := map[gozxing.DecodeHintType]any{}
	for _, h := range hints {
		set[h] = true
	}
	bitmap, err := gozxing.NewBinaryBitmap(gozxing.NewHybridBinarizer(source))
	if err != nil {
		panic(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, set)
	if err != nil {
		name, _, _ := strings.Cut(err.Error(), ":")
		fmt.Printf("%s: %s\n", what, name)
		return
	}
	fmt.Printf("%s: %s\n", what, result.GetText())
}

func main() {
	code, err := qr.Encode("https://example.com/device", qr.M)
	if err != nil {
		panic(err)
	}
	dark := gozxing.NewLuminanceSourceFromImage(code.Image())
	light := gozxing.NewLuminanceSourceFromImage(invert(code.Image()))
	const also, harder = gozxing.DecodeHintType_ALSO_INVERTED, gozxing.DecodeHintType_TRY_HARDER
	read("dark on light", dark)
	read("light on dark", light)
	read("light on dark, ALSO_INVERTED", light, also)
	read("light on dark, ALSO_INVERTED, TRY_HARDER", light, also, harder)
	read("light on dark, source inverted by hand", light.Invert())
}
END
export GOFLAGS=-mod=mod GOWORK=off
quiet() { "$@" 2>messages || { cat messages >&2; exit 2; }; }
quiet go mod init finding
quiet go get github.com/makiuchi-d/gozxing@v0.1.1 rsc.io/qr@v0.2.0
quiet go mod tidy
go build -o finding .
timeout 60 ./finding >seen

diff <(sed -n 's/^#   | //p' "$self") seen || { echo "changed: see above (<: expected, >: seen)" >&2; exit 1; }
cat seen
