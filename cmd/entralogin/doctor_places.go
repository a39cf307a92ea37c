package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/text"
)

// places looks at the folders, the storage and the locks.
func (d *doctor) places() {
	if d.call.settings == nil {
		return
	}
	if path := d.call.config.path; path != "" {
		d.folder("config", filepath.Dir(path), false)
	}
	home, err := d.cacheFolder(d.call.settings)
	if err != nil {
		d.fail(aboutFolders, err)
		return
	}
	if home.Dir == "" {
		d.add(aboutFolders.Warn("nothing can be stored: neither HOME nor XDG_CACHE_HOME is set, so each call asks for a sign-in").
			Or("set HOME, or give --%s", cacheDir))
		return
	}
	if d.folder("cache", home.Dir, true); d.closed {
		return
	}
	st, err := d.store(d.call.settings)
	if err != nil {
		d.fail(aboutStorage, err)
		return
	}
	if st.Locate(); st.Dir != home.Dir {
		if d.folder("storage", st.Dir, true); d.closed {
			return
		}
	}
	d.storage(st)
	d.locks(st.Dir)
}

// folder looks at one folder: whose it is, who may do what there, and on what it lies. written says that
// entralogin writes there.
func (d *doctor) folder(what, dir string, written bool) {
	shown := fmt.Sprintf("the %s folder %s", what, text.Short(dir, 300))
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		d.add(aboutFolders.Good("%s does not exist yet: the first sign-in makes it", shown))
		for errors.Is(err, fs.ErrNotExist) && filepath.Dir(dir) != dir {
			dir = filepath.Dir(dir)
			_, err = os.Stat(dir)
		}
		shown = "the folder above it, " + text.Short(dir, 300) + ","
		if err == nil && written {
			d.add(checkVolume(shown, volumeOf(dir))...)
		}
		return
	}
	d.closed = written
	switch owner, known := ownerOf(info); {
	case err != nil:
		d.add(aboutFolders.Fail(check.Storage, "%s can't be looked at: %s", shown, pathlessWords(err)).Or("see who owns the folders above it, and their modes"))
		return
	case !info.IsDir():
		d.add(aboutFolders.Fail(check.Storage, "%s is not a folder", shown).Or("move the file away, or name another folder"))
		return
	case known && owner != os.Geteuid() && written:
		d.add(aboutFolders.Fail(check.Storage, "%s belongs to another user (ID %d), and you are %d", shown, owner, os.Geteuid()).
			Or("was entralogin run with sudo? chown the folder to yourself, or name another one with --%s", cacheDir))
		return
	}
	d.closed = false
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && written && mode&0o077 != 0 {
		d.add(aboutFolders.Warn("%s is open to other users (mode %04o)", shown, mode).Or("the next call that writes mends it; or: chmod 700"))
	} else if runtime.GOOS != "windows" && mode&0o022 != 0 {
		d.add(aboutFolders.Warn("%s can be written by other users (mode %04o): they can change which service gets your tokens", shown, mode).Or("chmod go-w"))
	} else {
		d.add(aboutFolders.Good("%s is yours alone to write", shown))
	}
	if written {
		d.add(checkVolume(shown, volumeOf(dir))...)
	}
}

// pathlessWords is the reason of an error of the file system.
func pathlessWords(err error) string {
	var place *fs.PathError
	if errors.As(err, &place) {
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

func checkVolume(shown string, v volume) []check.Finding {
	var found []check.Finding
	switch {
	case !v.known:
		return nil
	case v.readOnly:
		found = append(found, aboutFolders.Warn("%s can't be written: tokens are handed out and not kept, so each call asks for a sign-in", shown).
			Or("mend its owner and mode (chmod 700), or name another one with --%s", cacheDir))
	case v.free < leastFree:
		found = append(found, aboutFolders.Warn("the disk of %s is full: %d KiB are free", shown, v.free>>10).Or("make room: new tokens can't be kept"))
	case v.allFiles > 0 && v.freeFiles < 16:
		found = append(found, aboutFolders.Warn("the disk of %s has no room for more files: %d are free", shown, v.freeFiles).Or("delete files: new tokens can't be kept"))
	}
	if v.network != "" {
		found = append(found, aboutFolders.Warn("%s lies on a network file system (%s): locks may not hold between machines, and its server sees the tokens", shown, v.network).
			Or("name a folder on this machine with %s, or set storage (entralogin help storage)", variable(cacheDir)))
	}
	return found
}

// storage says how what is stored is protected, and whether it can be opened.
func (d *doctor) storage(st *cache.Store) {
	if file := open(st.Dir); file != "" {
		d.add(aboutStorage.Warn("others can read %s; what is stored is not looked at, since that would mend it", file).Or("entralogin cache list mends it"))
		return
	}
	chosen, err := storageOf(d.call.settings)
	if err != nil {
		d.fail(aboutStorage, err)
		return
	}
	inForce, err := st.InForce()
	if err != nil {
		d.fail(aboutStorage, err)
		return
	}
	f := aboutStorage.Good("the storage %s is in force", inForce)
	if chosen != "" && chosen != inForce {
		f = aboutStorage.Warn("the storage %s is in force, and %s is chosen: the next call that stores anything moves all of it", inForce, chosen).
			Or("entralogin login moves it now")
	}
	d.add(f)
	if d.keys(st, inForce) {
		d.entries(st)
	}
}

// entries names the files that are refused, and those that are damaged.
func (d *doctor) entries(st *cache.Store) {
	for _, e := range st.List() {
		name := text.Short(e.File, 200)
		switch {
		case e.Problem == cache.ErrKeyGone.Error():
			d.add(aboutStorage.Warn("the key of %s in the cache is gone, and nobody can open it again", name).Or("the next call puts a new one in its place"))
		case e.Kind == cache.EntryRefused:
			d.add(aboutStorage.Fail(check.Storage, "%s in the cache is refused: it %s", name, text.Short(e.Problem, 200)).
				Or("look at it, and move it away: entralogin changes nothing there"))
		case e.Kind == cache.EntryDamaged:
			d.add(aboutStorage.Warn("%s in the cache is damaged: %s", name, text.Short(e.Problem, 200)).Or("entralogin cache list shows it; a new sign-in puts a whole one in its place"))
		case e.Kind == cache.EntrySignIn && e.Failed != "" && d.now().Sub(e.Changed) < memoryWithoutTerm:
			d.add(aboutStorage.Warn("a sign-in failed %s ago (%s): calls that need one fail at once for up to %s", text.Span(d.now().Sub(e.Changed)),
				text.Short(e.Failed, 60), text.Span(memoryWithoutTerm)).Or("entralogin login asks anew"))
		}
	}
}

// keys says whether the key of a storage that seals is there, by opening the sessions. It reports whether
// nothing speaks against looking at the rest.
func (d *doctor) keys(st *cache.Store, inForce cache.Storage) bool {
	ids, _ := st.Holdings()
	opened := 0
	for _, id := range ids {
		_, err := st.Session(id)
		var refused *cache.StorageError
		switch {
		case errors.Is(err, cache.ErrKeyGone):
			d.add(aboutStorage.Fail(check.SignIn, "the key of what is stored is gone: nobody can open the session of the %s again", sessionWords(id)).
				Or("entralogin login makes a new one"))
			return false
		case errors.As(err, &refused):
			d.fail(aboutStorage, err)
			return false
		case err == nil:
			opened++
		}
	}
	if opened > 0 && (inForce == cache.Keyring || inForce == cache.Keyctl) {
		d.add(aboutStorage.Good("the key of the storage %s is there and opens what is stored", inForce))
	}
	return true
}

// longLock is how long a refresh may take before its lock is worth a word.
const longLock = 90 * time.Second

// locks says who holds a lock, and whether one can be had.
func (d *doctor) locks(dir string) {
	files, _ := filepath.Glob(filepath.Join(escapeGlob(dir), "locks", "*"))
	held := 0
	for _, file := range files {
		free, err := tryLock(file)
		if err != nil {
			d.add(aboutLocks.Warn("the lock %s can't be had: %s", text.Short(filepath.Base(file), 120), pathlessWords(err)).
				Or("look at its owner and mode, and at the file system: calls go on without, and may ask twice"))
			return
		}
		if !free {
			held++
			d.add(d.holder(file))
		}
	}
	switch {
	case held > 0:
	case len(files) > 0:
		d.add(aboutLocks.Good("nobody holds a lock"))
	default:
		d.add(aboutLocks.Good("there are no locks yet"))
	}
}

// tryLock looks whether a lock is free. It creates and changes no file, and lets go at once.
func tryLock(file string) (free bool, err error) {
	if info, err := os.Lstat(file); err != nil || !info.Mode().IsRegular() {
		return false, &fs.PathError{Op: "lock", Path: file, Err: errors.New("it is no regular file")}
	}
	l := flock.New(file, flock.SetFlag(os.O_RDONLY))
	defer l.Close()
	return l.TryRLock()
}

// holder says who holds a lock, by what it has written there.
func (d *doctor) holder(file string) check.Finding {
	what, wait := "a refresh or a new session is being saved", longLock
	if strings.HasPrefix(filepath.Base(file), "signin-") {
		what, wait = "somebody is being asked to sign in", 20*time.Minute
	}
	var h cache.Holder
	content, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(content, &h) != nil || h.PID == 0 {
		return aboutLocks.Warn("a lock is held by a process that has not said who it is: %s", text.Short(filepath.Base(file), 120))
	}
	age := d.now().Sub(h.Since)
	if age > wait {
		return aboutLocks.Warn("%s, by process %d, for %s: that is long", what, h.PID, text.Span(age)).
			Or("is it stopped or hanging? Its end frees the lock: kill %d", h.PID)
	}
	return aboutLocks.Good("%s, by process %d, since %s", what, h.PID, h.Since.Local().Format(time.TimeOnly))
}

func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}
