package doctorcmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// folders looks at the folders of the config file and of the cache, and opens the cache where it can be looked into.
func (c *call) folders(context.Context) []check.Finding {
	var found []check.Finding
	if path := c.settled.File.Path; path != "" {
		found = checkFolder("config", filepath.Dir(path), false)
	}
	var bad error
	c.place, bad = c.f.Config().Place(c.settled.Settings)
	c.said = append(c.said, c.place.Notes...)
	dir := c.place.Dir
	switch {
	case dir == "" && bad != nil:
		return append(found, c.fail(aboutFolders, bad).Stop())
	case dir == "":
		return append(found, aboutFolders.Warn("nothing can be stored: neither HOME nor XDG_CACHE_HOME is set, so each call asks for a sign-in").
			Or("set HOME, or give --%s", config.CacheDir).Stop())
	}
	found = append(found, checkFolder("cache", dir, true)...)
	if closed(found) {
		return found
	}
	if bad != nil {
		return append(found, c.fail(aboutStorage, bad).Stop())
	}
	st, err := c.f.Store(c.place)
	if err != nil {
		return append(found, c.fail(aboutStorage, err).Stop())
	}
	st.Note = func(said string) { c.said = append(c.said, said) }
	if st.Locate(); st.Dir != dir {
		found = append(found, checkFolder("storage", st.Dir, true)...)
	}
	if !closed(found) {
		c.store = st
	}
	return found
}

// closed reports whether a folder can't be looked into.
func closed(found []check.Finding) bool {
	return slices.ContainsFunc(found, func(f check.Finding) bool { return f.Fatal })
}

// checkFolder looks at one folder: whose it is, who may do what there, and on what it lies. written says that
// entralogin writes there: nothing can be stored where it is of no use.
func checkFolder(what, dir string, written bool) []check.Finding {
	shown := fmt.Sprintf("the %s folder %s", what, text.Short(dir, 300))
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return missingFolder(shown, dir, written)
	}
	f := checkAccess(shown, info, err, written)
	if f.Level == check.Failure {
		f.Fatal = written
		return []check.Finding{f}
	}
	if !written {
		return []check.Finding{f}
	}
	return append([]check.Finding{f}, volumeOf(dir).check(shown)...)
}

// missingFolder looks at what the folder would be made in.
func missingFolder(shown, dir string, written bool) []check.Finding {
	found := []check.Finding{aboutFolders.Good("%s does not exist yet: the first sign-in makes it", shown)}
	err := fs.ErrNotExist
	for errors.Is(err, fs.ErrNotExist) && filepath.Dir(dir) != dir {
		dir = filepath.Dir(dir)
		_, err = os.Stat(dir)
	}
	if !written || err != nil {
		return found
	}
	return append(found, volumeOf(dir).check("the folder above it, "+text.Short(dir, 300)+",")...)
}

// checkAccess says who may do what in a folder. info and err are what the system says of it.
func checkAccess(shown string, info fs.FileInfo, err error, written bool) check.Finding {
	if err != nil {
		return aboutFolders.Fail(failure.Storage, "%s can't be looked at: %s", shown, reason(err)).Or("see who owns the folders above it, and their modes")
	}
	owner, known := cache.OwnerOf(info)
	mode, unix := info.Mode().Perm(), runtime.GOOS != "windows"
	switch {
	case !info.IsDir():
		return aboutFolders.Fail(failure.Storage, "%s is not a folder", shown).Or("move the file away, or name another folder")
	case known && owner != os.Geteuid() && written:
		return aboutFolders.Fail(failure.Storage, "%s belongs to another user (ID %d), and you are %d", shown, owner, os.Geteuid()).
			Or("was entralogin run with sudo? chown the folder to yourself, or name another one with --%s", config.CacheDir)
	case unix && written && mode&0o077 != 0:
		return aboutFolders.Warn("%s is open to other users (mode %04o)", shown, mode).Or("the next call that writes mends it; or: chmod 700")
	case unix && mode&0o022 != 0:
		return aboutFolders.Warn("%s can be written by other users (mode %04o): they can change which service gets your tokens", shown, mode).Or("chmod go-w")
	}
	return aboutFolders.Good("%s is yours alone to write", shown)
}

// reason is that of an error of the file system or the cache, without the path.
func reason(err error) string {
	var place *fs.PathError
	var file *cache.Error
	switch {
	case errors.As(err, &file):
		return "it " + text.Short(file.What, 120)
	case errors.As(err, &place):
		err = place.Err
	}
	return text.Short(err.Error(), 120)
}

// volume is what a folder lies on, as far as the system says it.
type volume struct {
	known     bool
	readOnly  bool   // or the folder may not be written
	network   string // the kind of a network file system, or ""
	free      uint64 // bytes
	freeFiles uint64
	allFiles  uint64 // 0: no limit is known
}

const leastFree = 4 << 20

func (v volume) check(shown string) []check.Finding {
	var found []check.Finding
	switch {
	case !v.known:
		return nil
	case v.readOnly:
		found = append(found, aboutFolders.Warn("%s can't be written: tokens are handed out and not kept, so each call asks for a sign-in", shown).
			Or("mend its owner and mode (chmod 700), or name another one with --%s", config.CacheDir))
	case v.free < leastFree:
		found = append(found, aboutFolders.Warn("the disk of %s is full: %d KiB are free", shown, v.free>>10).Or("make room: new tokens can't be kept"))
	case v.allFiles > 0 && v.freeFiles < 16:
		found = append(found, aboutFolders.Warn("the disk of %s has no room for more files: %d are free", shown, v.freeFiles).Or("delete files: new tokens can't be kept"))
	}
	if v.network != "" {
		found = append(found, aboutFolders.Warn("%s lies on a network file system (%s): locks may not hold between machines, and its server sees the tokens", shown, v.network).
			Or("name a folder on this machine with %s, or set storage (entralogin help storage)", config.Variable(config.CacheDir)))
	}
	return found
}
