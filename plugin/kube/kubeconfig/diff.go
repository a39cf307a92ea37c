package kubeconfig

import (
	"fmt"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/text"
)

// Diff returns what changes in the file at path, entry by entry, fit for a person's eyes: secrets are shown as
// [redacted], and control characters are not shown. Comments and layout are none of it. It is empty where nothing
// changes.
func (e Edited) Diff(path string) string {
	var b strings.Builder
	for _, l := range e.Change.lists() {
		for name := range l.all() {
			title := fmt.Sprintf("@@ %s: %s @@\n", l.name, text.Short(name, 200))
			b.WriteString(diffEntry(title, e.before.entry(l.name, name), e.after.entry(l.name, name)))
		}
	}
	if name := e.Change.Current; name != "" {
		fmt.Fprintf(&b, "+%s: %s\n", current, text.Short(name, 200))
	}
	if b.Len() == 0 {
		return ""
	}
	path = text.Clean(path)
	was := path
	if len(e.before.top) == 0 {
		was = "/dev/null"
	}
	return "--- " + was + "\n+++ " + path + "\n" + b.String()
}

// diffEntry is a unified diff of an entry without its secrets. The entry is nil where it is not there.
func diffEntry(title string, old, now map[string]any) string {
	r := redactor{}
	r.learn(old)
	r.learn(now)
	before, after := r.show(old), r.show(now)
	if before == after {
		return title + "(what changes is not shown)\n"
	}
	var b strings.Builder
	for line := range strings.Lines(string(diff.Diff("", []byte(before), "", []byte(after)))) {
		switch {
		case strings.HasPrefix(line, "@@ "):
			b.WriteString(title)
		case b.Len() > 0: // what stands before the first hunk names files
			b.WriteString(line)
		}
	}
	return b.String()
}

// show writes an entry as it would stand in a list, without secrets and control characters.
func (r *redactor) show(entry map[string]any) string {
	if entry == nil {
		return ""
	}
	blob, err := yaml.Marshal([]any{r.redact(entry)})
	if err != nil {
		return ""
	}
	var b strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(string(blob), "'"+redacted+"'", redacted)) {
		b.WriteString(text.Clean(strings.TrimSuffix(line, "\n")) + "\n")
	}
	return b.String()
}
