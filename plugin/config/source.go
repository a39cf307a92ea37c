// Package config settles what a call means: which service, tenant, application and account, whether a person
// may be asked, and where tokens lie. It takes that from flags, variables, the config file and what belongs to
// the call, by rank.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/adrg/xdg"

	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/plugin/text"
)

// Source is where settings come from besides the call.
type Source struct {
	Getenv func(string) string // the environment

	// FromKubeconfig says that the flags stand in a kubeconfig, which is foreign: see Layer.
	FromKubeconfig bool

	// File takes the place of the config file, which is not read then: what is about to be written. nil has it read.
	File *File

	// Trace takes down which file is read; it may be nil.
	Trace *route.Trace
}

// Call is what the caller says of one call.
type Call struct {
	Flags Layer   // NewLayer or Flags; its rank is ByFlag
	More  []Layer // of other ranks: ByGit, ByCluster, ByCompat, ByDefault

	// Profile is the one of the git host or the registry that is asked for, or "". It takes the place of the config file's own
	// choice; one that a flag or a variable names counts more.
	Profile string

	// File is the config file where it has been read before, such as to find that host; nil has it read.
	File *File

	Tools Tools // whose variables count where a machine signs in
}

// Settled are the settings of a call, with what they were read from.
type Settled struct {
	Settings
	File  *File
	Named string   // the profile that counts, "" for none
	Notes []string // what was ignored, for standard error
}

// Settings reads the config file and puts all layers into their order. Errors: *Error, *text.FileError.
func (c Source) Settings(call Call) (Settled, error) {
	call.Flags.Foreign = c.FromKubeconfig
	s := Settled{Settings: Settings{call.Flags}.With(c.environment()).With(call.More...), File: call.File}
	var err error
	if s.File == nil {
		if s.File, s.Notes, err = c.file(s.Settings); err != nil {
			return Settled{}, err
		}
	}
	s.Settings = s.With(NewLayer(ByFile, s.File.Path, s.File.Values))
	if s.Named, err = s.profile(call); err != nil {
		return Settled{}, err
	}
	if s.Named != "" {
		s.Settings = s.With(s.File.profile(s.Named))
	}
	tenant, _ := s.Get(TenantID)
	s.Settings = c.withMachine(s.With(s.File.tenant(tenant)), call.Tools)
	return s, nil
}

// profile is the name of the profile that counts, "" for none. Errors: *Error.
func (s Settled) profile(call Call) (string, error) {
	name, origin := s.Get(Profile)
	if named := s.Of(ByFlag, ByEnv).Has(Profile); call.Profile != "" && !named {
		name, origin = call.Profile, "the config file"
	}
	if name != "" && s.File.Profiles[name] == nil {
		return "", &Error{Name: Profile, Origin: origin, What: "is " + s.File.unknownProfile(name),
			Hint: fmt.Sprintf("Profiles stand in the config file, %s (entralogin help config).", cmp.Or(s.File.Path, "which there is none of"))}
	}
	return name, nil
}

// environment is the layer of the variables ENTRALOGIN_*.
func (c Source) environment() Layer {
	names := map[string]string{ConfigFile: Variable(ConfigFile)}
	for _, name := range slices.Concat(InFile(), Secrets()) { // in one layer, so that two secrets are seen to stand side by side
		names[name] = Variable(name)
	}
	return variables(ByEnv, c.Getenv, names)
}

// Compat is the layer of variables that other programs read, too, by the settings that they stand for.
func (c Source) Compat(names map[string]string) Layer { return variables(ByCompat, c.Getenv, names) }

// file reads the config file: the one that is named, which has to be there, or
// $XDG_CONFIG_HOME/entralogin/config.yaml, which may be missing.
func (c Source) file(s Settings) (*File, []string, error) {
	if c.File != nil {
		return c.File, nil, nil
	}
	path, _ := s.Get(ConfigFile)
	named := path != ""
	var notes []string
	if !named {
		if path, notes = c.DefaultFile(); path == "" {
			return &File{}, notes, nil
		}
	}
	c.Trace.File(path)
	content, err := text.ReadUserFile(path)
	if err != nil && !named && errors.Is(err, fs.ErrNotExist) {
		return &File{}, notes, nil
	}
	if err != nil {
		return nil, nil, err
	}
	f, err := Parse(path, content)
	return f, notes, err
}

// DefaultFile is where the config file lies if none is named, "" where there is no home.
func (c Source) DefaultFile() (path string, notes []string) {
	return c.place("XDG_CONFIG_HOME", xdg.ConfigHome, "config.yaml")
}

// defaultCache is where tokens lie if no folder is named, "" where there is no home.
func (c Source) defaultCache() (dir string, notes []string) {
	return c.place("XDG_CACHE_HOME", xdg.CacheHome, "")
}

// place is the program's own name in a folder of package xdg, "" where that can't be meant. Without a HOME the
// package takes the root folder for one, where nobody's files belong. A relative path in the variable is ignored, as
// https://specifications.freedesktop.org/basedir-spec/latest/ wants it, but not in silence.
func (c Source) place(variable, folder, name string) (path string, notes []string) {
	value := c.Getenv(variable)
	if value != "" && !filepath.IsAbs(value) {
		notes = append(notes, variable+" is no absolute path and is ignored")
	}
	if !filepath.IsAbs(value) && c.Getenv("HOME") == "" && runtime.GOOS != "windows" {
		return "", notes
	}
	return filepath.Join(folder, "entralogin", name), notes
}
