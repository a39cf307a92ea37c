package kubeconfig

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// flag is one that another plugin has.
type flag struct {
	short string // its letter, "" if it has none
	alone bool   // it is true or false, and needs no value
	// What becomes of the flag: it is lost for a reason that is worth a note, or it makes the entry one
	// that can't be converted. With neither it is taken over, or means nothing here.
	lost, refused string
	do            string // about a flag that is refused
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

// parse reads a command line as both kubelogins do. Errors name flags, never values.
func (s flagSet) parse(args []string) (given, error) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	flags.Usage = func() {}
	for name, f := range s {
		added := flags.VarPF(&values{alone: f.alone}, name, f.short, "")
		if f.alone {
			added.NoOptDefVal = "true"
		}
	}
	if err := flags.Parse(args); err != nil {
		return given{}, flagError(err)
	}
	g := given{map[string][]string{}, flags.Args()}
	flags.Visit(func(f *pflag.Flag) { g.values[f.Name] = f.Value.(*values).all })
	return g, nil
}

// values are what one flag was given, in order.
type values struct {
	all   []string
	alone bool // each is true or false
}

func (v *values) Set(value string) (err error) {
	if v.all = append(v.all, value); v.alone {
		_, err = strconv.ParseBool(value)
	}
	return err
}

func (v *values) String() string { return "" }
func (v *values) Type() string   { return "" }

// flagError says what is wrong with a command line, without its values.
func flagError(err error) error {
	var missing *pflag.ValueRequiredError
	var bad *pflag.InvalidValueError
	var unknown *pflag.NotExistError
	switch {
	case errors.As(err, &missing):
		return fmt.Errorf("its --%s has no value", missing.GetFlag().Name)
	case errors.As(err, &bad):
		return fmt.Errorf("its --%s is neither true nor false", bad.GetFlag().Name)
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return unknownFlag("-", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		return unknownFlag("--", unknown.GetSpecifiedName())
	}
	return errors.New("it has a flag that is not known")
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
			return nil, reason{fmt.Sprintf("it has --%s: %s", name, f.refused), f.do}
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
