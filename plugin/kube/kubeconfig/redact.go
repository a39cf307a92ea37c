package kubeconfig

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"
)

const redacted = "[redacted]"

// secretName matches the names of fields, flags and variables that hold a secret.
var secretName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(^|[-_.])(token|password|passwd|pwd|passphrase|secret|key|key-data|keydata|assertion|credentials?)$|` +
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

// redactor takes secrets out of the lines of a kubeconfig: by the names that stand before them, which
// works with any text, and by their values, which works with any layout.
type redactor struct {
	values *strings.Replacer
	below  int  // lines that are indented more than this belong to a secret; -1 if none
	next   bool // the next line holds the value of a secret flag
	env    bool // the last name of a variable was no secret one
}

func newRedactor(text []byte) *redactor {
	var top any
	found := map[string]bool{}
	if yaml.Unmarshal(text, &top) == nil {
		collect(top, found)
	}
	var pairs []string
	for value := range found {
		if len(value) < 4 { // as it is, it may stand anywhere
			pairs = append(pairs, `"`+value+`"`, redacted, "'"+value+"'", redacted)
			continue
		}
		quoted, _ := json.Marshal(value)
		for _, form := range []string{value, strings.Trim(string(quoted), `"`), strings.ReplaceAll(value, "'", "''")} {
			for part := range strings.Lines(form) {
				if part = strings.TrimSpace(part); len(part) >= 4 && !slices.Contains(pairs, part) {
					pairs = append(pairs, part, redacted)
				}
			}
		}
	}
	return &redactor{values: longestFirst(pairs), below: -1}
}

// longestFirst makes a replacer that takes the longest of several values that begin in the same way.
func longestFirst(pairs []string) *strings.Replacer {
	var values []string
	for i := 0; i < len(pairs); i += 2 {
		values = append(values, pairs[i])
	}
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	pairs = pairs[:0]
	for _, v := range values {
		pairs = append(pairs, v, redacted)
	}
	return strings.NewReplacer(pairs...)
}

// collect finds the values of secrets: of fields, of variables, of flags.
func collect(value any, found map[string]bool) {
	switch value := value.(type) {
	case map[string]any:
		name, _ := value["name"].(string)
		for key, v := range value {
			text, isText := v.(string)
			if isText && (isSecretName(key) || key == "value" && isSecretName(name)) {
				found[text] = true
			}
			collect(v, found)
		}
	case []any:
		secretNext := false
		for _, v := range value {
			text, _ := v.(string)
			name, rest, joined := strings.Cut(text, "=")
			flag := strings.HasPrefix(text, "-") && isSecretName(name)
			switch {
			case secretNext && text != "":
				found[text] = true
			case flag && joined:
				found[rest] = true
			}
			secretNext = flag && !joined
			collect(v, found)
		}
	}
}

// keyLine is a line with a key, perhaps in quotes and behind a dash.
var keyLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([ \t]*(?:- +)*["']?)([A-Za-z0-9_.-]+)(["']?[ \t]*:)([ \t].*|)$`)
})

// flagLine is an element of a list that is a flag.
var flagLine = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^([ \t]*- +["']?)(--?[A-Za-z0-9_.-]+)(=?)(.*)$`)
})

// line returns a line as it may be shown. Lines come in their order.
func (r *redactor) line(text string) string {
	l := look(text)
	if r.below >= 0 && (strings.TrimSpace(text) == "" || l.indent > r.below) {
		if strings.TrimSpace(text) == "" {
			return ""
		}
		return strings.Repeat(" ", l.indent) + redacted
	}
	r.below = -1
	if r.next && l.dash {
		r.next = false
		r.below = l.indent
		return strings.Repeat(" ", l.indent) + "- " + redacted
	}
	r.next = false
	if m := keyLine().FindStringSubmatch(text); m != nil {
		return r.keyLine(m, l.indent)
	}
	if m := flagLine().FindStringSubmatch(text); m != nil && isSecretName(m[2]) {
		if m[3] == "=" {
			r.below = l.indent
			return m[1] + m[2] + "=" + redacted
		}
		r.next = true
	}
	return r.values.Replace(text)
}

func (r *redactor) keyLine(m []string, indent int) string {
	name, value := m[2], strings.Trim(m[4], " \t\"',")
	if name == "name" {
		r.env = value != "" && !isSecretName(value)
	}
	secret := isSecretName(name) || name == "value" && !r.env
	if name == "value" {
		r.env = false
	}
	if !secret || value == "" && strings.TrimSpace(m[4]) == "" && name == "key" {
		return r.values.Replace(strings.Join(m[1:], ""))
	}
	if strings.ContainsAny(m[1], "-") {
		indent += strings.Index(m[1], "-")
	}
	r.below = indent
	if value == "" || value == "null" {
		return m[1] + name + m[3] + m[4]
	}
	return m[1] + name + m[3] + " " + redacted
}
