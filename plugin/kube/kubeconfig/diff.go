package kubeconfig

import (
	"bytes"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/entralogin/entralogin/plugin/text"
)

// noFile stands in a diff for a file that does not exist.
const noFile = "/dev/null"

// Diff returns a unified diff of two versions of a kubeconfig file, fit for a person's eyes: secrets are
// shown as [redacted], and control characters are not shown. It is empty where they are the same.
func Diff(path string, old, edited []byte) string {
	if bytes.Equal(old, edited) {
		return ""
	}
	path = text.Clean(path)
	was := path
	if len(old) == 0 {
		was = noFile
	}
	content := diff.Diff(was, visible(old), path, visible(edited))
	// Its first line names a command that nobody ran.
	if _, rest, ok := strings.Cut(string(content), "\n"); ok {
		return rest
	}
	return "--- " + was + "\n+++ " + path + "\n(what changes is not shown)\n"
}

// visible is a text without secrets and control characters.
func visible(content []byte) []byte {
	var b strings.Builder
	r := newRedactor(content)
	for line := range strings.Lines(string(content)) {
		body := strings.TrimRight(line, "\r\n")
		b.WriteString(text.Clean(r.line(body)))
		if body != line {
			b.WriteByte('\n')
		}
	}
	return []byte(b.String())
}
