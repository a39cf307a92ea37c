package kubeconfig

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// flag is one that another plugin has.
type flag struct {
	short string // its letter, "" if it has none
	alone bool   // it is true or false, and needs no value
	// What becomes of the flag: it is lost for a reason that is worth a note, or it makes the entry one
	// that can't be converted. With neither it is taken over, or means nothing here.
	lost, refused string
	do            string // about a flag that is refused, "" for another plugin
}

// flagSet holds the flags of a plugin by name.
type flagSet map[string]flag

// given are the flags of a command line, by name, each with its values in order; and its other words.
type given struct {
	values map[string][]string
	words  []string
}

// last returns the value that counts.
func (g given) last(name string) string {
	if values := g.values[name]; len(values) > 0 {
		return values[len(values)-1]
	}
	return ""
}

// on reports whether a flag that is true or false is true.
func (g given) on(name string) bool {
	on, _ := strconv.ParseBool(g.last(name))
	return on
}

// apart returns what flags say, and what all others do.
func (g given) apart(names ...string) (said, beside string) {
	others := maps.Clone(g.values)
	for _, name := range names {
		said = cmp.Or(said, g.last(name))
		delete(others, name)
	}
	return said, fmt.Sprint(others)
}

// parse reads a command line as pflag does: --name value, --name=value, -n value, -nvalue, -n=value; flags
// and words in any order; everything behind "--" is a word. Errors name flags, never values.
// https://pkg.go.dev/github.com/spf13/pflag#hdr-Command_line_flag_syntax
func (s flagSet) parse(args []string) (given, error) {
	g := given{values: map[string][]string{}}
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		if arg == "--" {
			g.words = append(g.words, args...)
			break
		}
		if len(arg) < 2 || arg[0] != '-' {
			g.words = append(g.words, arg)
			continue
		}
		name, value, joined, err := s.split(arg)
		if err != nil {
			return given{}, err
		}
		switch {
		case joined:
		case s[name].alone:
			value = "true"
		case len(args) == 0:
			return given{}, fmt.Errorf("its --%s has no value", name)
		default:
			value, args = args[0], args[1:]
		}
		if _, err := strconv.ParseBool(value); s[name].alone && err != nil {
			return given{}, fmt.Errorf("its --%s is neither true nor false", name)
		}
		g.values[name] = append(g.values[name], value)
	}
	return g, nil
}

// split returns the name of the flag in arg, and the value if it stands in arg, too.
func (s flagSet) split(arg string) (name, value string, joined bool, err error) {
	if strings.HasPrefix(arg, "--") {
		name, value, joined = strings.Cut(arg[2:], "=")
		if _, ok := s[name]; !ok {
			return "", "", false, unknownFlag("--", name)
		}
		return name, value, joined, nil
	}
	for name, f := range s {
		if f.short == arg[1:2] {
			if value = arg[2:]; len(value) > 1 {
				value = strings.TrimPrefix(value, "=")
			}
			return name, value, arg[2:] != "", nil
		}
	}
	return "", "", false, unknownFlag("-", arg[1:2])
}

// unknownFlag names a flag, unless what stands there can't be the name of one.
func unknownFlag(dashes, name string) error {
	strange := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }
	if name == "" || len(name) > 40 || strings.ContainsFunc(name, strange) {
		return errors.New("it has a flag that is not known")
	}
	return fmt.Errorf("it has the flag %s%s, which is not known", dashes, name)
}

// judge returns why the flags can't be converted, or notes of those that are lost.
func (s flagSet) judge(g given) ([]string, error) {
	lost := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(g.values)) {
		f := s[name]
		if f.alone && !g.on(name) || !f.alone && g.last(name) == "" {
			continue // as good as not given
		}
		if f.refused != "" {
			return nil, reason{fmt.Sprintf("it has --%s: %s", name, f.refused), cmp.Or(f.do, stay)}
		}
		if f.lost != "" {
			dashes := "--"
			if len(name) == 1 {
				dashes = "-"
			}
			lost[f.lost] = append(lost[f.lost], dashes+name)
		}
	}
	return lostNotes(lost), nil
}

// lostNotes makes a note of each reason and the names that are lost for it.
func lostNotes(lost map[string][]string) []string {
	var notes []string
	for why, names := range lost {
		notes = append(notes, fmt.Sprintf("dropped %s: %s", strings.Join(names, ", "), why))
	}
	slices.Sort(notes)
	return notes
}
