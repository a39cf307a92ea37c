package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/cmd/entralogin/docs"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
	"github.com/entralogin/entralogin/plugin/text"
)

// answered is an answer that is one, in a pipe.
var answered = regexp.MustCompile(`(?m)^(Calls that|Changed|Signed|Wrote) .*\.$`)

// clipboard is what no terminal shows.
var clipboard = regexp.MustCompile(`\x1b\][^\a]*\a`)

// screens are what a newcomer sees: pages, tables, prompts and errors. What a program reads (-o json and yaml) has no
// width, and neither has -o wide.
func screens() []string {
	return []string{
		"entralogin", "entralogin --help", "entralogin help git", "entralogin help config", "entralogin help troubleshooting", "entralogin help tools",
		"entralogin help signin", "entralogin help conditional-access",
		"entralogin get-token --help", "entralogin kubeconfig convert --help", "entralogin init --help", "entralogin version",
		"entralogin login", "entralogin login --copy", "entralogin account list", "entralogin account show", "entralogin account set " + entratest.Alice,
		"entralogin whoami", "entralogin cache list", "entralogin graph me --manager", "entralogin graph get /me/memberOf -o table", "entralogin config list",
		"entralogin git setup", "entralogin status", "entralogin doctor --all", "entralogin doctor", "entralogin kubeconfig check", "entralogin git check",
		"entralogin get-token --prompt never --account nobody@contoso.example --server-id " + entratest.ServerID, "entralogin get-token",
		"entralogin get-token --tenent-id x", "entralogin foo", "entralogin help foo", "entralogin config set tenant-id 'not a tenant'",
		"entralogin account set nobody@contoso.example", "entralogin git check https://github.com/x/y", "entralogin login --authority-host https://evil.example",
		"entralogin kubeconfig add --context none", "entralogin login -e nowhere", "entralogin graph me --scope User.Read.All --prompt never",
		"ENTRALOGIN_CACHE_DIR=relative entralogin cache list", "CI=true entralogin get-token --server-id 33333333-2222-3333-4444-555555555555 --tenant-id fabrikam.example",
	}
}

// unbroken are the lines that may be too long: one word (a URL, a path, a GUID), a command, which people copy, and the
// well-known sentence, which programs look for. In pages blocks of code are such, too.
func unbroken(line string, columns int) bool {
	words := strings.TrimSpace(strings.TrimPrefix(line, term.Prefix))
	sentence := columns > 60 && strings.HasPrefix(words, "To sign in, use a web browser to open the page ")
	return sentence || codeOfPages()[words] || !strings.Contains(words, " ") || typed.MatchString(words)
}

// typed is a command line with a flag or an address.
var typed = regexp.MustCompile(`^["(]*(entralogin|git|kubectl|az) .*( -|://)`)

// codeOfPages are the lines of examples, and of blocks of code in pages.
func codeOfPages() map[string]bool {
	code := map[string]bool{}
	add := func(lines string) {
		for line := range strings.Lines(lines) {
			code[strings.TrimSpace(line)] = true
		}
	}
	for _, topic := range docs.Topics() {
		for _, block := range fenced.FindAllStringSubmatch(topic.Text, -1) {
			add(block[2])
		}
	}
	for _, cmd := range commandsBelow(commandTree()) {
		add(cmd.Example)
	}
	return code
}

func tooLong(t *testing.T, call, lines string, columns int) {
	t.Helper()
	for line := range strings.Lines(clipboard.ReplaceAllString(lines, "")) {
		line = strings.TrimRight(line[strings.LastIndex(strings.TrimRight(line, "\r\n"), "\r")+1:], "\r\n") // behind a countdown
		if text.Width(line) > columns && !unbroken(line, columns) {
			t.Errorf("%s: %d columns of %d: %q", call, text.Width(line), columns, line)
		}
	}
}

// No screen is wider than the terminal, and in a pipe no page and no table is wider than 80 columns. In a pipe a sentence
// is one line, however long it is, on standard output and on standard error: programs read it.
func TestScreensFit(t *testing.T) {
	t.Parallel()
	for name, columns := range map[string]int{"80 columns": 80, "40 columns": 40, "pipe": 80} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := completing(t)
			h.env = append(h.env, "TERM=xterm", "NO_COLOR=1", "PAGER=", "COLUMNS=", "SSH_CONNECTION=x")
			kube := `{"apiVersion":"v1","kind":"Config","current-context":"prod","clusters":[{"name":"prod","cluster":{"server":"https://127.0.0.1:1"}}],` +
				`"users":[{"name":"me","user":{"exec":{"apiVersion":"client.authentication.k8s.io/v1","command":"entralogin","args":["get-token","--server-id","` + entratest.ServerID + `"],"interactiveMode":"IfAvailable"}}}],` +
				`"contexts":[{"name":"prod","context":{"cluster":"prod","user":"me"}}]}`
			if err := os.WriteFile(filepath.Join(h.home, ".kube", "config"), []byte(kube), 0o600); err != nil {
				t.Fatal(err)
			}
			h.sim.AutoApprove(entratest.Alice, 0)
			for _, call := range screens() {
				lines := ""
				if name == "pipe" {
					lines = answered.ReplaceAllString(string(h.call("sh", "-c", call).out.Bytes()), "")
				} else if lines = h.onTerminal(columns, 24, nil, "sh", "-c", call).end(); lines == "" {
					t.Errorf("%s shows nothing", call)
				}
				tooLong(t, call, lines, columns)
			}
		})
	}
}
