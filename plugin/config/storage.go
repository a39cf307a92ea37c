package config

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache"
)

// Place is where tokens lie, and how they are protected.
type Place struct {
	Dir     string        // "" where there is no place for them
	Storage cache.Storage // "" leaves the one that is in force
	Runtime string        // folder of this login session, or ""
	Default bool          // nobody named the folder
	Notes   []string      // what was ignored, for standard error
}

// Place settles where the tokens of s lie. It looks at no file. Errors: *Error.
func (c Source) Place(s Settings) (Place, error) {
	p := Place{Runtime: c.Getenv(runtimeDir)}
	dir, origin := s.Get(CacheDir)
	switch {
	case dir == "":
		p.Default = true
		p.Dir, p.Notes = c.defaultCache()
	case origin == "--"+CacheDir:
		abs, err := filepath.Abs(dir)
		if err != nil {
			return Place{}, Bad(CacheDir, dir, origin, "can't be made an absolute path: %v", err)
		}
		p.Dir = abs
	case !filepath.IsAbs(dir):
		return Place{}, Bad(CacheDir, dir, origin, "is no absolute path")
	default:
		p.Dir = dir
	}
	value, origin := s.Get(Storage)
	if p.Storage = cache.Storage(value); value != "" && !slices.Contains(cache.Storages(), p.Storage) {
		return p, Bad(Storage, value, origin, "is none of %s", StorageNames())
	}
	return p, nil
}

// StorageNames lists the storages that can be chosen.
func StorageNames() string {
	var names []string
	for _, st := range cache.Storages() {
		names = append(names, string(st))
	}
	return strings.Join(names, ", ")
}
