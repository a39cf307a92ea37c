package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// TestDocsShowRealSessions runs what README.md and the page signin show of a sign-in with a browser, on a terminal, in a
// tenant that refuses device codes: each line comes, in this order.
func TestDocsShowRealSessions(t *testing.T) {
	t.Parallel()
	for path, surroundings := range map[string]string{"../../README.md": "BROWSER=true", "docs/signin.md": "SSH_CONNECTION=here"} {
		ran := 0
		for _, block := range fenced.FindAllStringSubmatch(readDoc(t, path), -1) {
			if block[1] == "console" && loopbackAddress.MatchString(block[2]) {
				runSession(t, block[2], surroundings)
				ran++
			}
		}
		if ran == 0 {
			t.Errorf("%s shows no sign-in with a browser", path)
		}
	}
}

func runSession(t *testing.T, session, surroundings string) {
	t.Helper()
	command, shown, _ := strings.Cut(strings.TrimPrefix(session, "$ "), "\n")
	h := newHouse(t, "TERM=xterm", "ENTRALOGIN_TENANT_ID=contoso.example", surroundings)
	h.sim.AutoApprove(entratest.Alice, 0)
	if err := h.sim.Block(entratest.Block{Way: entratest.ByDeviceCode, AADSTS: 53003}); err != nil {
		t.Fatal(err)
	}
	p := h.onTerminal(80, 50, nil, strings.Fields(command)...)
	if strings.Contains(shown, "[Y/n] y\n") {
		p.answers([2]string{`\[Y/n\]`, "y\n"})
	}
	page := loopbackAddress.FindString(p.shows(loopbackAddress.String() + `\s`))
	if _, err := h.sim.Visit(t.Context(), page, "alice"); err != nil {
		t.Fatal(err)
	}
	if out := p.end(); !sessionPattern(shown).MatchString(out) || p.exit() != 0 {
		t.Errorf("%s is shown with\n%s\nand ends with %d:\n%s", command, shown, p.exit(), out)
	}
}

// sessionPattern matches what stands in a page, wherever lines are broken, with more between its lines. "..." leaves out
// what is long; pages, codes, times, ports and hosts differ each time.
func sessionPattern(shown string) *regexp.Regexp {
	pattern := regexp.QuoteMeta(strings.ReplaceAll(strings.TrimSpace(shown), "\n  ", " "))
	for _, different := range [][2]string{
		{`http://localhost:\d+/\w+`, `http://localhost:\d+/\w+`},
		{`https://\S+/devicelogin`, `https://\S+/devicelogin`},
		{`the code \w+`, `the code \w+`},
		{`\d\d:\d\d:\d\d`, `\d\d:\d\d:\d\d`},
		{`ssh -L \d+:localhost:\d+ \S+`, `ssh -L \d+:localhost:\d+ \S+`},
		{`\\\.\\\.\\\.`, `.*?`},
		{` +`, `\s+`},
		{"\n", `.*?`},
	} {
		pattern = regexp.MustCompile(different[0]).ReplaceAllLiteralString(pattern, different[1])
	}
	return regexp.MustCompile("(?s)" + pattern)
}
