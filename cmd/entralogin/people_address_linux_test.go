package main

import (
	"encoding/base64"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// visited waits for the address of a sign-in on the terminal, has alice sign in there, and returns the address with all
// that the terminal was sent.
func (p *pty) visited(h *house) (address, raw string) {
	h.t.Helper()
	p.shows(`\bnow\.`)
	address = loopbackAddress.FindString(string(p.raw.Bytes()))
	if _, err := h.sim.Visit(h.t.Context(), address, entratest.Alice); err != nil {
		h.t.Errorf("%q: %v: %q", address, err, p.raw.Bytes())
	}
	return address, p.end()
}

// The page has a line for itself, and so has the command that forwards its port: each is taken in one piece, however
// narrow the terminal. No telephone reaches either.
func TestAddressOnATerminal(t *testing.T) {
	t.Parallel()
	for _, columns := range []int{20, 30, 40, 60, 80, 120} {
		for env, forwarded := range map[string]bool{"BROWSER=true": false, "SSH_CONNECTION=x": true} {
			t.Run(strconv.Itoa(columns)+" "+env, func(t *testing.T) {
				t.Parallel()
				h := newHouse(t, "TERM=xterm", "LC_ALL=C", "NO_COLOR=1", env)
				address, raw := h.onTerminal(columns, 24, nil, "entralogin", "login", "--login", "browser", "--qr").visited(h)
				if address == "" || strings.Count(raw, "\r\n  "+address+"\r\n") != 1 || !strings.Contains(whole(raw), "no QR code: a telephone does not reach this machine") {
					t.Fatalf("%q", raw)
				}
				port, _, _ := strings.Cut(strings.TrimPrefix(address, "http://localhost:"), "/")
				if command := regexp.MustCompile(`\r\n  ssh -L ` + port + `:localhost:` + port + ` \S+\r\n`); command.MatchString(raw) != forwarded {
					t.Errorf("%q", raw)
				}
				seen := strings.Join(rowsOf(raw, columns), "\n")
				asked := regexp.MustCompile(`(?s)^.*just\s+now\.`).FindString(raw)
				asked = regexp.MustCompile(`\r\n  (ssh|http).*`).ReplaceAllString(asked, "") // which stay in one piece
				for _, word := range strings.Fields(asked) {
					if len(word) <= columns && !strings.Contains(seen, word) {
						t.Errorf("%q is cut in two:\n%s", word, seen)
					}
				}
				if strings.Contains(asked, "code") || !strings.Contains(raw, "left") || !strings.Contains(raw, "Signed in as") {
					t.Errorf("%q", raw)
				}
			})
		}
	}
}

// So it is over the screen of another program.
func TestAddressOnAFullScreen(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm", "LANG=C.UTF-8", "SSH_CONNECTION=x")
	p := h.onTerminal(40, 24, nil, "sh", "-c", `trap 'printf drawn-anew' WINCH; stty raw -echo
entralogin get-token --login browser --qr --server-id `+entratest.ServerID+` >out; printf "ended $?"`)
	p.shows(`(?s)\x1b\[1;1H.*\x1b\[1;1H`) // it comes again
	address, raw := p.visited(h)
	const over, end = "\x1b7\x1b[1;1H", "\x1b[K\r\n"
	first, _, _ := strings.Cut(strings.TrimPrefix(raw, over), over)
	rows := strings.Split(first, end)
	if !strings.HasPrefix(raw, over) || rows[len(rows)-1] != "\x1b8" || !strings.Contains(first, end+"  "+address+end) ||
		!regexp.MustCompile(`\n  ssh -L \d+:localhost:\d+ [^\x1b ]+\x1b`).MatchString(first) {
		t.Errorf("%q", first)
	}
	for _, row := range rows[:len(rows)-1] {
		if len(row) > 40 && !strings.HasPrefix(row, "  ssh ") {
			t.Errorf("%d columns: %q", len(row), row)
		}
	}
	if strings.Contains(raw, "left") || !strings.Contains(raw, "drawn-anew") || !strings.HasSuffix(raw, "ended 0") {
		t.Errorf("%q", raw)
	}
}

// Where there is no code --copy takes the page.
func TestAddressOnTheClipboard(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm", "SSH_CONNECTION=x")
	address, raw := h.onTerminal(200, 30, nil, "entralogin", "login", "--login", "browser", "--copy").visited(h)
	if want := "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte(address)) + "\a"; strings.Count(raw, want) != 1 || !strings.Contains(raw, "The address was sent to the clipboard of your terminal") {
		t.Errorf("no %q in %q", want, raw)
	}
}

// A person sees the address though the caller keeps standard error to itself.
func TestAddressCaptured(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "TERM=xterm", "SSH_CONNECTION=x")
	address, raw := h.onTerminal(80, 24, nil, captured(aToken+" --login browser")...).visited(h)
	err := h.worked("err")
	if !strings.Contains(raw, "ended 0") || strings.Count(raw, address) != 1 || strings.Count(err, "open this page there: "+address+"\n") != 1 || !strings.Contains(h.worked("out"), "eyJ") {
		t.Errorf("on the terminal %q, on standard error %q", raw, err)
	}
}
