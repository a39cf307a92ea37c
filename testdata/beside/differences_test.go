//go:build unix

package beside

import (
	"regexp"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// A difference is one that may be seen. What it matches is taken out of what both print, which must be the same without.
type difference []*regexp.Regexp // of each the first group stays, if it has one

func (d difference) without(text string) string {
	for _, e := range d {
		with := ""
		if e.NumSubexp() > 0 {
			with = "$1"
		}
		text = e.ReplaceAllString(text, with)
	}
	return text
}

// differences are all that there are.
func differences() map[string]difference {
	all := map[string]difference{}
	add := func(name, _ string, apart ...string) { // the middle one is why
		var d difference
		for _, pattern := range apart {
			d = append(d, regexp.MustCompile(pattern))
		}
		all[name] = d
	}
	add("version", "ours stands for a later version, and is its own extension",
		`\b\d\.\d+\.\d\b`, `(extensions"?:)(?: \{\}| \{\s*"entralogin": ".*"\s*\}|\n  entralogin: .*)`)
	add("help", "ours has its own", `(?s).+`)
	add("libraries", "ours is not made of Python", `(?s)\n.*`, `2\.\d+\.\d`)
	add("seconds", "later versions say the end of a token in seconds since 1970, too",
		`(?m)^ *"?expires_on"?: \d{10},?\n`, `\t\d{10}\b`)
	add("column", "of a table, it is a column of which the width of all depends", `(?m)^-+(?: +-+)+\n`, ` +Expires_on\b`, ` +\d{10}\b`, `( ) +`)
	add("domain", "ours says the ID of the token's tenant, however the tenant was named", `"(?:contoso\.example|`+entratest.TenantContoso+`)"`)
	add("word", "ours says what it keeps, or removes, that others have part in")
	return all
}
