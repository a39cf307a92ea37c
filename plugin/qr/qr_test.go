package qr

import (
	"errors"
	"image"
	"image/color"
	"math/rand"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// scan reads a code as a phone does, with its quiet zone and three pixels for a module.
func scan(t *testing.T, c *Code) string {
	t.Helper()
	const pixels, quiet = 3, 4
	side := (c.Size + 2*quiet) * pixels
	picture := image.NewGray(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			if !c.Dark(x/pixels-quiet, y/pixels-quiet) {
				picture.SetGray(x, y, color.Gray{Y: 255})
			}
		}
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result.GetText()
}

// A scanner of somebody else's making reads each length that fits, in the size that it has to have.
func TestScan(t *testing.T) {
	sizes := map[int]int{17: 21, 18: 25, 32: 25, 33: 29, 53: 29, 54: 33, 78: 33, 79: 37, 106: 37}
	for n := 1; n <= 106; n++ {
		text := "https://microsoft.com/devicelogin" + strings.Repeat("?code=ABC123", 7)
		text = text[:n]
		c, err := Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := scan(t, c); got != text {
			t.Errorf("%d bytes: scanned %q", n, got)
		}
		if want := sizes[n]; want != 0 && c.Size != want {
			t.Errorf("%d bytes: %d modules wide, not %d", n, c.Size, want)
		}
	}
	if _, err := Encode(strings.Repeat("x", 107)); !errors.Is(err, ErrTooLong) {
		t.Errorf("107 bytes: %v", err)
	}
}

// The error correction is one that a scanner can use: it reads codes with a few modules turned over.
func TestScanDamaged(t *testing.T) {
	const text = "https://microsoft.com/devicelogin"
	dice := rand.New(rand.NewSource(1))
	for range 20 {
		c, err := Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		for turned := 0; turned < 7; { // of level L: 7 bytes of version 3's 70
			if i := dice.Intn(len(c.dark)); !c.pattern[i] {
				c.dark[i] = !c.dark[i]
				turned++
			}
		}
		if got := scan(t, c); got != text {
			t.Fatalf("scanned %q", got)
		}
	}
}
