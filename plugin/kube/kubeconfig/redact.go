package kubeconfig

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/entralogin/entralogin/plugin/text"
)

const redacted = "[redacted]"

// secretName matches the names of fields, flags and variables that hold a secret.
var secretName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(^|[-_.])(token|password|passwd|pwd|pass|passphrase|secret|key|key-data|keydata|assertion|credentials?)$|` +
		`(?i)(access|refresh|id)[-_]?token|client[-_]?secret|request-header|cookie|code[-_]?verifier`)
})

func isSecretName(name string) bool {
	name = strings.TrimLeft(name, "-")
	switch name {
	case "client-key", "tokenFile", "client-certificate": // they name files
		return false
	}
	return secretName().MatchString(name)
}

// redactor takes secrets out of entries: what stands under the name of one, in a variable or behind a flag with
// such a name; the same texts elsewhere; what looks like a token, and the user of a URL.
type redactor struct{ found []string } // the texts of secrets, the longest first

// learn remembers the secrets of an entry.
func (r *redactor) learn(entry any) {
	r.redact(entry)
	slices.SortFunc(r.found, func(a, b string) int { return len(b) - len(a) })
}

// redact returns the value without secrets.
func (r *redactor) redact(value any) any {
	switch value := value.(type) {
	case string:
		return r.text(value)
	case []any:
		return r.list(value)
	case map[string]any:
		fields := map[string]any{}
		variable, _ := value["name"].(string)
		for name, field := range value {
			if isSecretName(name) || name == "value" && (variable == "" || isSecretName(variable)) {
				fields[name] = r.hide(field)
			} else {
				fields[name] = r.redact(field)
			}
		}
		return fields
	}
	return value
}

// list redacts the elements of a list, of which some may be flags.
func (r *redactor) list(values []any) []any {
	shown := make([]any, len(values))
	secretNext := false
	for i, value := range values {
		content, _ := value.(string)
		name, rest, joined := strings.Cut(content, "=")
		isSecret := strings.HasPrefix(content, "-") && isSecretName(name)
		switch {
		case secretNext:
			shown[i] = r.hide(value)
		case isSecret && joined:
			r.hide(rest)
			shown[i] = name + "=" + redacted
		default:
			shown[i] = r.redact(value)
		}
		secretNext = isSecret && !joined && !secretNext
	}
	return shown
}

// hide stands for a secret, unless there is none.
func (r *redactor) hide(secret any) any {
	switch secret := secret.(type) {
	case nil:
		return nil
	case string:
		if secret == "" {
			return ""
		}
		for line := range strings.Lines(secret) {
			const least = 4 // bytes; as few may stand anywhere
			if line = strings.TrimSpace(line); len(line) >= least && !slices.Contains(r.found, line) {
				r.found = append(r.found, line)
			}
		}
	}
	return redacted
}

// text redacts a text by what it looks like.
func (r *redactor) text(content string) string {
	const longest = 1000 // characters of a line
	var lines []string
	for line := range strings.SplitSeq(content, "\n") {
		for _, secret := range r.found {
			line = strings.ReplaceAll(line, secret, redacted)
		}
		lines = append(lines, text.Redact(text.HideUsers(line), longest))
	}
	return strings.Join(lines, "\n")
}
