package main

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// piece is as much of a secret, or of a secret in one of its encodings, as may be found nowhere.
type piece [16]byte

// haystack is everything that may hold no secret, ready to be searched.
type haystack struct {
	texts  int
	bytes  int
	pieces map[piece]string // to the name of a text that holds it
}

func (h *haystack) add(name string, text []byte) {
	if h.pieces == nil {
		h.pieces = map[piece]string{}
	}
	h.texts++
	h.bytes += len(text)
	for i := 0; i+len(piece{}) <= len(text); i++ {
		h.pieces[piece(text[i:])] = name
	}
}

// holds returns where a piece of a secret stands, in which encoding, or "".
func (h *haystack) holds(secret string) string {
	forms := spellings(secret)
	for _, name := range slices.Sorted(maps.Keys(forms)) {
		text := forms[name]
		for i := 0; i+len(piece{}) <= len(text); i++ {
			if where, ok := h.pieces[piece([]byte(text[i:i+len(piece{})]))]; ok {
				return fmt.Sprintf("%s (%s, from byte %d on)", where, name, i)
			}
		}
	}
	return ""
}

// spellings are the forms in which a secret may slip out. A piece of it in base64 begins at any byte, so that
// there are three ways to group the rest.
func spellings(secret string) map[string]string {
	forms := map[string]string{
		"as it is":    secret,
		"hex":         hex.EncodeToString([]byte(secret)),
		"upper hex":   strings.ToUpper(hex.EncodeToString([]byte(secret))),
		"URL-escaped": url.QueryEscape(secret),
		"all escaped": "%" + escapeAll(secret),
	}
	for i := range min(3, len(secret)) {
		forms[fmt.Sprintf("base64 from %d", i)] = base64.StdEncoding.EncodeToString([]byte(secret[i:]))
		forms[fmt.Sprintf("base64url from %d", i)] = base64.RawURLEncoding.EncodeToString([]byte(secret[i:]))
	}
	return forms
}

// escapeAll is s with each byte in the percent-encoding, but for the first percent sign.
func escapeAll(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%02X%%", s[i])
	}
	return b.String()
}

// TestLeaksAreFound plants a piece of a secret in each encoding: the search that the canary test rests on
// has to find it, and nothing else.
func TestLeaksAreFound(t *testing.T) {
	const secret = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.the+secret/of~an?access token_which-is_long.enough"
	plant := func(text string) *haystack {
		var h haystack
		h.add("planted", []byte("entralogin: what was said before "+text+", and after"))
		return &h
	}
	for from := range 40 {
		part := secret[from : from+24]
		for name, text := range map[string]string{
			"raw": part[:16], "quoted": fmt.Sprintf("%q", part[:16]), "base64": base64.StdEncoding.EncodeToString([]byte(part)),
			"base64url": base64.URLEncoding.EncodeToString([]byte(part)), "hex": fmt.Sprintf("%x", part), "HEX": fmt.Sprintf("%X", part),
			"query": url.QueryEscape(part), "escaped": "%" + escapeAll(part),
		} {
			if plant(text).holds(secret) == "" {
				t.Errorf("%s from %d on is not found: %s", name, from, text)
			}
		}
	}
	for _, text := range []string{"", "[redacted]", secret[:15], "the secret of an access token which is long enough"} {
		if where := plant(text).holds(secret); where != "" {
			t.Errorf("found in %q: %s", text, where)
		}
	}
}
