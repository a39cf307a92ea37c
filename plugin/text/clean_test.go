package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"": "",
		"Zoë Ångström, 東京 🙂, e\u0301, a\u00a0b": "Zoë Ångström, 東京 🙂, e\u0301, a\u00a0b",
		"a\nb\rc\td\u0085e\u2028f\u2029g":       "a b c d e f g",
		"a\r\nb":                                "a  b",
		"\x1b[31mred\x1b]0;title\x07":           "[31mred]0;title",
		"\u009b31m\x00\x08\x7f\v\f":             "31m",
		"bidi \u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c.": "bidi .",
		"zero\u200b\u200c\u200d\u2060\ufeff\u00ad width":                                 "zero width",
		"tag\U000e0001\U000e0041\U000e007f":                                              "tag",
		"filler\u115f\u1160\u3164\uffa0\u034f":                                           "filler",
		"variation\ufe0f\U000e0100":                                                      "variation",
		"private\ue000\U0010fffd, none\ufffe\uffff\U0001fffe":                            "private, none",
		"bad \xff\xc0\xaf\xed\xa0\x80 UTF-8 \ufffd":                                      "bad  UTF-8 ",
	} {
		if got := Clean(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// FuzzClean holds what everybody who shows foreign text relies on.
func FuzzClean(f *testing.F) {
	f.Add("plain")
	f.Add("\x1b[2J\x9b\r\n\u2028\u202e\u200b\ufeff\U000e0041\xff")
	f.Fuzz(func(t *testing.T, s string) {
		got := Clean(s)
		if !utf8.ValidString(got) || Clean(got) != got {
			t.Errorf("%q became %q", s, got)
		}
		for _, r := range got {
			if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Noncharacter_Code_Point) {
				t.Errorf("%q became %q with %U", s, got, r)
			}
		}
		for _, n := range []int{1, 5, 100} {
			if short := Short(s, n); utf8.RuneCountInString(short) > n || Clean(short) != short {
				t.Errorf("%q cut to %d became %q", s, n, short)
			}
		}
		if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) && got != s {
			t.Errorf("plain text %q became %q", s, got)
		}
	})
}

func TestCleanShort(t *testing.T) {
	for want, test := range map[string]struct {
		in string
		n  int
	}{"": {"", 1}, "abc": {"abc", 3}, "ab...": {"abcdef", 5}, "é...": {"éàüöä", 4}, "...": {"abcd", 3}, "a b": {"a\nb\x1b\x1b\x1b", 3}} {
		if got := Short(test.in, test.n); got != want {
			t.Errorf("%q: got %q, want %q", test.in, got, want)
		}
	}
}

func TestShortID(t *testing.T) {
	for in, want := range map[string]string{"80faf920-1908-4b52-b5ef-a8e7bedfc67a": "80faf920...", "contoso.example": "contoso.example", "": "",
		"80faf920-1908-4b52-b5ef-a8e7bedfc67": "80faf920-1908-4b52-b5ef-a8e7bedfc67", "fabrikam-subsidiary-1908.example.com": "fabrikam-subsidiary-1908.example.com"} {
		if got := ShortID(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}
