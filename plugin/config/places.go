package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

// placesName is a file beside the config file: the --config and --cache-dir that "kubeconfig add" wrote into
// kubeconfigs, a line each. get-token takes no others from a kubeconfig.
const placesName = "kubeconfig-places"

// Recorded is the line for a place: the setting, and an absolute path.
func Recorded(name, path string) string { return name + " " + filepath.Clean(path) }

// ReadPlaces are the lines of the record in the person's config folder, none where there is no record, or one that
// others could have written.
func ReadPlaces(folder string) []string {
	if folder == "" {
		return nil
	}
	content, err := text.ReadUserFile(filepath.Join(folder, placesName))
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(content), "\n"), "\n")
}

// RecordPlaces adds lines to the record. Errors: *Error.
func (c Source) RecordPlaces(lines []string) error {
	folder, _ := Foreign{Source: c, Caller: c.Getenv}.folders()
	known := ReadPlaces(folder)
	lines = slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(known, line) })
	if len(lines) == 0 {
		return nil
	}
	if err := writePlaces(folder, append(known, lines...)); err != nil {
		return &Error{Name: "the config folder " + text.Short(folder, 200),
			What: "can't take down which config file or cache folder the kubeconfig names (" + text.Short(err.Error(), 200) + "), and so get-token would refuse it",
			Hint: "Leave --config and --cache-dir out, and set " + Variable(ConfigFile) + " or " + Variable(CacheDir) + " for kubectl."}
	}
	return nil
}

func writePlaces(folder string, lines []string) error {
	if folder == "" {
		return errors.New("there is no home folder")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	path := filepath.Join(folder, placesName)
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() || err != nil && !errors.Is(err, fs.ErrNotExist) {
		return errors.New(placesName + " is no regular file")
	}
	f, err := os.CreateTemp(folder, "."+placesName+"-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // which is gone once it was renamed
	_, err = f.WriteString(strings.Join(lines, "\n") + "\n")
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
