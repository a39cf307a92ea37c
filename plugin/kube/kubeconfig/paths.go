package kubeconfig

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/homedir"
)

// Rules are those by which kubectl finds its files: the explicit one alone (--kubeconfig), else those that KUBECONFIG
// lists, else .kube/config in home. Two things are another here: an old file is not copied to its new place, for
// nothing is written where one only looks; and without a home there is no file, where clientcmd would take the one
// below the current folder, which anybody may have put there.
func Rules(explicit string, getenv func(string) string, home string) *clientcmd.ClientConfigLoadingRules {
	rules := &clientcmd.ClientConfigLoadingRules{ExplicitPath: explicit}
	list := getenv(clientcmd.RecommendedConfigPathEnvVar)
	switch {
	case list != "":
		for _, path := range filepath.SplitList(list) {
			if path != "" && !slices.Contains(rules.Precedence, path) {
				rules.Precedence = append(rules.Precedence, path)
			}
		}
	case home != "":
		rules.Precedence = []string{filepath.Join(home, clientcmd.RecommendedHomeDir, clientcmd.RecommendedFileName)}
	}
	return rules
}

// Home is the folder in which kubectl looks for .kube, "" where there is none. On Windows it depends on what lies in
// three folders, and is that of this process.
func Home(getenv func(string) string) string {
	if runtime.GOOS == "windows" {
		return homedir.HomeDir()
	}
	return getenv("HOME")
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
