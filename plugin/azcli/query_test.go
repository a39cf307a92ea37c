package azcli

import (
	"errors"
	"strings"
	"testing"

	"github.com/entralogin/entralogin/plugin/failure"
)

// What an expression may not be, and what is said of it.
func TestParseQuery(t *testing.T) {
	for expression, want := range map[string]string{
		"":                         "Incomplete",
		"a-b":                      "no arithmetic",
		"$.a":                      "no variables",
		"let $x = @ in $x":         "no variables",
		"[?a == 'b]":               "a quote is not closed",
		"`\"a`":                    "no JSON literal",
		"&a":                       "& stands before an argument of a function alone",
		"[&a]":                     "& stands before",
		"map(&&a, @)":              "Invalid token",
		"map(& &a, @)":             "& stands before",
		"[?a==\x1b[31m]":           "Unknown char",
		strings.Repeat("a|", 9000): "longer than 16384 bytes",
	} {
		query, err := ParseQuery(expression)
		if query != nil || err == nil || !strings.Contains(err.Error(), want) || failure.Of(err) != failure.Usage || strings.Contains(err.Error(), "\x1b") {
			t.Errorf("%.40q: %v", expression, err)
		}
	}
}

// A short query can ask for more than anybody can wait for, or keep: it ends.
func TestQueryIsBounded(t *testing.T) {
	for name, expression := range map[string]string{
		"lists":     strings.Repeat("[@,@]|", 60) + "@",
		"flattened": strings.Repeat("[@,@][]|", 60) + "@",
		"compared":  strings.Repeat("[@,@]|", 60) + "@==@",
		"contained": strings.Repeat("[@,@]|", 60) + "contains(@,@)",
		"texts":     "'ab'|" + strings.Repeat("join(@,[@,@])|", 60) + "@",
		"to text":   strings.Repeat("[@,@]|", 60) + "to_string(@)",
		"texts'":    "'ab'|" + strings.Repeat("to_string([@,@])|", 60) + "@",
		"numbers":   "`9`|" + strings.Repeat("sum([@,@])|", 900) + "@",
		"deep":      strings.Repeat("[", 8000) + "@" + strings.Repeat("]", 8000),
		"nested":    strings.Repeat("(", 8000) + "@" + strings.Repeat(")", 8000),
	} {
		query, err := ParseQuery(expression)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, format := range []string{"json", "tsv", "table", "yaml"} {
			content, err := Style{Format: format, Query: query}.Write(map[string]any{"a": []any{1, "x"}})
			if tooMuch := (*QueryError)(nil); err != nil && !errors.As(err, &tooMuch) && !errors.Is(err, errLarge) && !errors.Is(err, errDeep) || len(content) > most+1<<20 {
				t.Errorf("%s as %s: %d bytes, %v", name, format, len(content), err)
			}
		}
	}
}

// What a query chooses of a token may be kept with the token's place in it, what it makes of one may not.
func TestQueryNames(t *testing.T) {
	for expression, want := range map[string]string{
		"accessToken":                     "accessToken",
		"[accessToken]":                   "accessToken",
		`{"t":accessToken, e:expires_on}`: "accessToken expires_on",
		"reverse(accessToken)":            "more",
		"[reverse(accessToken)]":          "more",
		"{t: accessToken[0]}":             "more",
		"accessToken | @":                 "more",
		"*":                               "more",
		"@":                               "more",
	} {
		query, err := ParseQuery(expression)
		if err != nil {
			t.Fatal(err)
		}
		names, ok := query.Names()
		if !ok && want != "more" || ok && len(names) != len(strings.Fields(want)) {
			t.Errorf("%s: %v, %v", expression, names, ok)
		}
		for _, name := range strings.Fields(want) {
			if ok && !names[name] {
				t.Errorf("%s does not choose %s", expression, name)
			}
		}
	}
	if names, ok := (*Query)(nil).Names(); names != nil || !ok {
		t.Errorf("without a query: %v, %v", names, ok)
	}
}

// No expression and no answer brings the program down, or keeps it.
func FuzzQuery(f *testing.F) {
	for _, c := range cases(f) {
		if c.Query != nil {
			f.Add(*c.Query, string(c.Value), "json")
		} else {
			f.Add("@", string(c.Value), c.Format)
		}
	}
	f.Fuzz(func(t *testing.T, expression, value, format string) {
		query, err := ParseQuery(expression)
		if err != nil {
			return
		}
		if format, err = Format(format); err != nil {
			return
		}
		decoded, err := decodeJSON([]byte(value))
		if err != nil {
			return
		}
		style := Style{Format: format, Query: query}
		first, err := style.write(decoded)
		if second, again := style.write(decoded); string(first) != string(second) || (err == nil) != (again == nil) {
			t.Errorf("one answer is %q, the next %q", first, second)
		}
	})
}
