package config

import (
	"cmp"
	"slices"
	"strings"
)

// Rank says how much an origin of settings counts.
type Rank int

// The ranks, the one that counts most first.
const (
	ByFlag    Rank = iota // a flag of this call
	ByGit                 // what git and the server said of this very call
	ByEnv                 // the variables ENTRALOGIN_*
	ByAzure               // what az login was given and what was chosen, for calls as az
	ByCluster             // what belongs to what the call is for: a cluster's configuration, a git host's entry, a parameters.json
	ByTenant              // what the config file says of the call's tenant alone, whatever profile leads there
	ByProfile             // the profile that is named
	ByFile                // the config file
	ByCompat              // variables that other programs read, too
	ByDefault             // where nothing else says it
)

// Value is a setting, and where it stands in words: "--tenant-id".
type Value struct{ Text, Origin string }

// Layer is one origin of settings.
type Layer struct {
	Rank   Rank
	Values map[string]Value // by the name of the setting

	// OfEnvironment says that it was taken from variables, which a kubeconfig may have set.
	OfEnvironment bool

	// Foreign says that the person has not written it, as a cluster's configuration: it may have fewer people asked
	// than what stands below it, and never more.
	Foreign bool

	// Whole says that another program was told this: its way to sign in is for the tenant, client and credential beside it.
	Whole bool
}

// NewLayer makes a layer of values that all stand in one place. An empty one is as good as none.
func NewLayer(rank Rank, origin string, values map[string]string) Layer {
	l := Layer{Rank: rank, Values: map[string]Value{}, Foreign: rank == ByCluster}
	for name, text := range values {
		if text != "" {
			l.Values[name] = Value{text, origin}
		}
	}
	return l
}

// Flags makes the layer of the flags that were given.
func Flags(values map[string]string) Layer {
	l := Layer{Rank: ByFlag, Values: map[string]Value{}}
	for name, text := range values {
		l.Values[name] = Value{text, "--" + name}
	}
	return l
}

// variables takes settings from the environment; an empty variable is as good as none.
func variables(rank Rank, getenv func(string) string, names map[string]string) Layer {
	l := Layer{Rank: rank, Values: map[string]Value{}, OfEnvironment: true}
	for name, variable := range names {
		if text := getenv(variable); text != "" {
			l.Values[name] = Value{text, variable}
		}
	}
	return l
}

// Settings are the layers, the one that counts most first.
type Settings []Layer

// With returns s with more layers, each in the place of its rank, behind those of the same rank.
func (s Settings) With(more ...Layer) Settings {
	all := append(slices.Clone(s), more...)
	slices.SortStableFunc(all, func(a, b Layer) int { return cmp.Compare(a.Rank, b.Rank) })
	return all
}

// Of returns the layers of some ranks.
func (s Settings) Of(ranks ...Rank) Settings {
	var kept Settings
	for _, l := range s {
		if slices.Contains(ranks, l.Rank) {
			kept = append(kept, l)
		}
	}
	return kept
}

// Get returns the value that wins, and where it stands. It returns "" where the setting is nowhere.
func (s Settings) Get(name string) (text, origin string) {
	for _, l := range s {
		if v, ok := l.Values[name]; ok {
			return v.Text, v.Origin
		}
	}
	return "", ""
}

// All returns the values of a setting, the one that wins first.
func (s Settings) All(name string) []Value {
	var all []Value
	for _, l := range s {
		if v, ok := l.Values[name]; ok {
			all = append(all, v)
		}
	}
	return all
}

// Has reports whether one of the settings is anywhere.
func (s Settings) Has(names ...string) bool { return s.FirstWith(names...) != nil }

// FirstWith returns the one layer that wins where several settings say the same thing in different ways: the
// first that has any of them. None if no layer has.
func (s Settings) FirstWith(names ...string) Settings {
	for i, l := range s {
		for _, name := range names {
			if _, ok := l.Values[name]; ok {
				return s[i : i+1]
			}
		}
	}
	return nil
}

// list returns a setting of several words.
func (s Settings) list(name string) (words []string, origin string) {
	text, origin := s.Get(name)
	return strings.Fields(text), origin
}
