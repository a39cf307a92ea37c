package cache

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/cache/route"
)

// tagName marks the folder as a cache for backup programs: https://bford.info/cachedir/. Beside that the tag says
// that the folder is entralogin's, and whether entralogin made it.
const (
	tagName = "CACHEDIR.TAG"
	tagMade = "Signature: 8a477f597d28d172789f06886806bc55\n" +
		"# This folder holds the tokens and sessions of entralogin. Don't back it up.\n"
	tagFound = tagMade + "# It was there before entralogin was, which leaves its mode as it is.\n"
)

// tagged returns the tag of entralogin's that stands in the cache folder, "" if there is none. An empty one was
// left by a writer that was killed, or by a full disk; it counts.
func (s *Folder) tagged() string {
	f, err := s.open(filepath.Join(s.Dir, tagName), os.O_RDONLY)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || !ours(info) {
		return ""
	}
	text, err := io.ReadAll(io.LimitReader(f, 1024))
	switch {
	case err != nil:
		return ""
	case len(text) == 0:
		return tagEmpty
	case strings.HasPrefix(string(text), tagFound):
		return tagFound
	case strings.HasPrefix(string(text), tagMade):
		return tagMade
	}
	return ""
}

const tagEmpty = "empty"

// tag puts the tag where it is missing or empty. A cache without one is no reason to fail.
func (s *Folder) tag(kind string, made bool) {
	path := filepath.Join(s.Dir, tagName)
	if _, err := os.Lstat(path); kind != tagEmpty && err == nil {
		return
	}
	f, err := s.open(path, os.O_WRONLY|os.O_CREATE)
	if err != nil {
		return
	}
	defer f.Close()
	text := tagFound
	if made || s.Ours {
		text = tagMade
	}
	s.try("chmod", path, func() error { return f.Chmod(private) })
	s.try("write", path, func() error { _, err := io.WriteString(f, text); return err })
}

// checkFolder refuses a folder that is not entralogin's: nothing in it is changed, nor is its mode. The default
// one is, and so is one with the tag, an empty one, and one that holds nothing but what entralogin names so. It
// is no error that there is none.
func (s *Folder) checkFolder() error {
	if s.Dir == "" || s.Ours {
		return nil
	}
	info, err := fittingFolder(s.Dir, os.Stat)
	if errors.Is(err, fs.ErrNotExist) || isNotDir(err) {
		return nil
	}
	if err != nil {
		return describe(s.Dir, err)
	}
	kind, strange := s.tagged(), ""
	if kind == "" {
		if strange, err = s.strange(""); err != nil {
			return describe(s.Dir, err)
		}
	}
	switch {
	case strange != "":
		return &Error{Path: s.Dir, What: fmt.Sprintf("is not a folder of entralogin's: it holds %.80q", strange), Err: ErrForeign}
	case openToWrite(info) && kind != tagMade:
		return &Error{Path: s.Dir, What: "can be written by every user, and its mode is not entralogin's to change", Err: ErrForeign}
	}
	return nil
}

// strange returns a file that has no name of entralogin's, "" if there is none.
func (s *Folder) strange(folder string) (string, error) {
	entries, err := s.readDir(filepath.Join(s.Dir, folder))
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		name := filepath.Join(folder, e.Name())
		switch {
		case folder == "" && isFolder(e.Name()):
			if !e.IsDir() {
				continue // it will be refused, and is not touched
			}
			if found, err := s.strange(e.Name()); found != "" || err != nil {
				return found, err
			}
		case e.IsDir() || !isOwn(folder, e.Name()):
			return name, nil
		}
	}
	return "", nil
}

func isFolder(name string) bool {
	return slices.Contains(append(storedIn(), spare, locks, route.Folder), name)
}

// isOwn reports whether a file has a name that entralogin gives. No other file is ever moved or deleted.
func isOwn(folder, name string) bool {
	if folder == locks {
		return kindOfLock(baseLock(name)) != ""
	}
	name = finished(name)
	switch folder {
	case "":
		return name == tagName || name == pinName
	case sessions, spare:
		_, ok := parseSessionName(name)
		return ok
	case route.Folder:
		return len(name) == 16 && strings.Trim(name, "0123456789abcdef") == ""
	}
	return len(name) == 64 && strings.Trim(name, "0123456789abcdef") == ""
}

// finished returns the name of the finished file that a temporary one, or one that was set aside, belongs to.
func finished(name string) string {
	name = strings.TrimSuffix(name, asideMark)
	if isTemp(name) {
		name = name[:strings.LastIndex(name, tempMark)]
	}
	return name
}
