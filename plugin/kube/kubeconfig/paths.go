package kubeconfig

import (
	"os"
	"path/filepath"
	"slices"
)

// Paths returns the files that kubectl would read: the explicit one alone (--kubeconfig), else those that
// KUBECONFIG lists, else .kube/config in home. It is empty where none of them says anything.
func Paths(explicit string, getenv func(string) string, home string) []string {
	if explicit != "" {
		return []string{explicit}
	}
	if list := getenv("KUBECONFIG"); list != "" {
		var paths []string
		for _, path := range filepath.SplitList(list) {
			if path != "" && !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
		return paths
	}
	if home == "" {
		return nil
	}
	return []string{filepath.Join(home, ".kube", "config")}
}

// DefaultPath returns the file in which kubectl puts a new entry: the first of several that exists, else
// the last. It is "" if paths is empty.
func DefaultPath(paths []string) string {
	if len(paths) == 0 {
		return ""
	}
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return paths[len(paths)-1]
}
