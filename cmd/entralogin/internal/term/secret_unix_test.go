//go:build unix

package term

import (
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// usualKeys are those of a terminal that nobody has changed.
func usualKeys() []uint8 {
	var keys [32]uint8
	for key, c := range map[int]uint8{unix.VINTR: 'C', unix.VQUIT: '\\', unix.VSUSP: 'Z', unix.VEOF: 'D', unix.VKILL: 'U'} {
		keys[key] = c & 0x1f
	}
	keys[unix.VERASE] = 0x7f
	return keys[:]
}

// typed is what comes of a line, of which silence is "|".
func typed(moments string, longest int) (l *line, signal syscall.Signal) {
	l = &line{keys: usualKeys(), longest: longest}
	for i, moment := range strings.Split(moments, "|") {
		if i > 0 {
			signal |= l.take(nil)
		}
		if moment != "" && !l.over {
			signal |= l.take([]byte(moment))
		}
	}
	return l, signal
}

func TestLine(t *testing.T) {
	const begin, end = "\x1b[200~", "\x1b[201~"
	long := strings.Repeat("x", 5000)
	for moments, want := range map[string]string{ // "..." for a line that is not over
		"abc\n|":                               "abc",
		"abc\r|":                               "abc",
		"abc\r\n|":                             "abc",
		"abc|":                                 "...",
		"abc\n":                                "...",
		"\n|":                                  "",
		"a|b|c\n|":                             "abc",
		"ab\ncd\n|":                            "abcd", // a paste of several lines, which nothing marks
		"ab\n|cd":                              "ab",
		begin + "ab\r\ncd\n" + end + "|\r|":    "abcd",
		begin + "ab\n|cd" + end + "|\r|":       "abcd",
		begin + "ab|":                          "...",
		begin + "ab\n" + end + "|":             "...",
		begin + "a\x03\x15\x04b" + end + "\n|": "ab", // nothing in a paste is a key
		begin + "ab" + strings.Repeat("|", 20): "...",
		begin + "a" + strings.Repeat("|", 20) + "b\r|": "ab",  // its end was lost
		"\x1b[20|" + "0~a\n|":                          "0~a", // what was cut is none
		"a\x1b[Ab\x1bOPc\x1bxd\n|":                     "abcd",
		"a\x1b|b\n|":                                   "ab",
		"abc\x7f\x7fd\x08e\n|":                         "ae",
		"\x7fa\n|":                                     "a",
		"aé\x7fb\n|":                                   "ab",
		"abc\x15d\n|":                                  "d",
		"abc\x04":                                      "abc",
		"\x04":                                         "EOF",
		"a\x00\x01\tb\n|":                              "ab",
		long + "\n|":                                   long,
		"\x1b[" + strings.Repeat("1;", 40) + "\n|": strings.Repeat("1;", 25),
	} {
		l, signal := typed(moments, len(long))
		got := string(l.content)
		switch {
		case l.ended:
			got = "EOF"
		case !l.over:
			got = "..."
		}
		if got != want || signal != 0 {
			t.Errorf("%.60q: %.60q, signal %v", moments, got, signal)
		}
	}
	if l, _ := typed(long+"\n|", 10); len(l.content) != 11 || !l.over {
		t.Errorf("%d bytes of a long line", len(l.content))
	}
}

func TestLineSignals(t *testing.T) {
	for moments, want := range map[string]syscall.Signal{"ab\x03": syscall.SIGINT, "\x1c": syscall.SIGQUIT, "ab|\x1a": syscall.SIGTSTP} {
		if l, signal := typed(moments, 100); signal != want || len(l.content) > 0 || l.over {
			t.Errorf("%q: %v, %q", moments, signal, l.content)
		}
	}
}
