package dockerconfig

import (
	"path/filepath"
	"slices"
	"testing"
)

func TestPlaces(t *testing.T) {
	for name, test := range map[string]struct {
		env             map[string]string
		home, system    string
		docker, lasting string
		podman          []string
	}{
		"plain": {nil, "/h", "linux", "/h/.docker/config.json", "/h/.config/containers/auth.json",
			[]string{"/run/containers/7/auth.json", "/h/.config/containers/auth.json", "/h/.docker/config.json"}},
		"XDG": {map[string]string{"XDG_RUNTIME_DIR": "/r", "XDG_CONFIG_HOME": "/c"}, "/h", "linux", "/h/.docker/config.json", "/c/containers/auth.json",
			[]string{"/r/containers/auth.json", "/c/containers/auth.json", "/h/.docker/config.json"}},
		"a Mac": {map[string]string{"XDG_RUNTIME_DIR": "/r"}, "/h", "darwin", "/h/.docker/config.json", "/h/.config/containers/auth.json",
			[]string{"/h/.config/containers/auth.json", "/h/.docker/config.json"}},
		"DOCKER_CONFIG":      {map[string]string{"DOCKER_CONFIG": "/d"}, "/h", "linux", "/d/config.json", "/d/config.json", []string{"/d/config.json"}},
		"REGISTRY_AUTH_FILE": {map[string]string{"REGISTRY_AUTH_FILE": "/a.json", "DOCKER_CONFIG": "/d"}, "/h", "linux", "/d/config.json", "/a.json", []string{"/a.json"}},
		"no home":            {nil, "", "linux", "", "", []string{"/run/containers/7/auth.json"}},
	} {
		p := Places{Getenv: func(name string) string { return test.env[name] }, Home: test.home, System: test.system, UID: 7}
		slash := func(paths ...string) []string {
			for i := range paths {
				paths[i] = filepath.ToSlash(paths[i])
			}
			return paths
		}
		if got := slash(p.Docker(), p.PodmanLasting()); !slices.Equal(got, []string{test.docker, test.lasting}) {
			t.Errorf("%s: %q", name, got)
		}
		if got := slash(p.Podman()...); !slices.Equal(got, test.podman) {
			t.Errorf("%s: %q", name, got)
		}
	}
}
