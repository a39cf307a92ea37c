// Package qr makes QR codes of addresses, as ISO/IEC 18004 defines them: in bytes, with the least error
// correction (level L), in the versions 1 to 5. Those hold up to 106 bytes in one block and can be drawn on a
// terminal; whatever is longer is refused.
package qr

import "errors"

// ErrTooLong reports a text that no version here can hold.
var ErrTooLong = errors.New("the text is too long for a QR code that fits a terminal")

// Code is a square of dark and light modules, without the quiet zone around it.
type Code struct {
	Size    int
	dark    []bool
	pattern []bool // modules that are no data
}

// Dark reports whether the module in column x and row y is dark. Everything around the code is light.
func (c *Code) Dark(x, y int) bool {
	return x >= 0 && y >= 0 && x < c.Size && y < c.Size && c.dark[y*c.Size+x]
}

// version is one size of code at level L: how many bytes (codewords) it has for data and for error correction.
// https://www.iso.org/standard/83389.html, tables 1, 7 and 9.
type version struct{ number, data, correction int }

func versions() []version {
	return []version{{1, 19, 7}, {2, 34, 10}, {3, 55, 15}, {4, 80, 20}, {5, 108, 26}}
}

// Encode returns the smallest code that holds text.
func Encode(text string) (*Code, error) {
	const header = 2 // the mode, the length and the end take 4 + 8 + 4 bits
	for _, v := range versions() {
		if len(text)+header > v.data {
			continue
		}
		data := codewords(text, v.data)
		data = append(data, remainder(data, v.correction)...)
		return best(v, data), nil
	}
	return nil, ErrTooLong
}

// codewords is text in byte mode (0100), with its length, the end (0000) and the padding.
func codewords(text string, n int) []byte {
	data := make([]byte, 0, n)
	before := byte(4) // the half byte that is still to be written
	for _, b := range append([]byte{byte(len(text))}, text...) {
		data = append(data, before<<4|b>>4)
		before = b & 15
	}
	data = append(data, before<<4)
	for pad := byte(0xec); len(data) < n; pad ^= 0xec ^ 0x11 {
		data = append(data, pad)
	}
	return data
}

// best tries the eight masks and takes the one that scanners find easiest.
func best(v version, data []byte) *Code {
	var chosen *Code
	least := 0
	for mask := range 8 {
		c := newCode(v.number)
		c.drawFormat(mask)
		c.drawData(data, mask)
		if p := c.penalty(); chosen == nil || p < least {
			chosen, least = c, p
		}
	}
	return chosen
}
