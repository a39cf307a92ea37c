package dockerconfig

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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

// docker keeps passwords in the system's own store while its file says nothing of them.
func TestOwnStore(t *testing.T) {
	for name, test := range map[string]struct {
		system, programs, want string
	}{
		"none": {"linux", "", ""}, "the desktop's": {"linux", "docker-credential-secretservice docker-credential-pass", "secretservice"},
		"pass": {"linux", "pass docker-credential-pass docker-credential-secretservice", "pass"}, "pass alone": {"linux", "pass docker-credential-secretservice", ""},
		"a Mac": {"darwin", "docker-credential-osxkeychain", "osxkeychain"}, "Windows": {"windows", "docker-credential-wincred", "wincred"}, "BSD": {"freebsd", "docker-credential-", ""},
	} {
		look := func(program string) (string, error) {
			if slices.Contains(strings.Fields(test.programs), program) {
				return program, nil
			}
			return "", exec.ErrNotFound
		}
		if got := OwnStore(test.system, look); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for content, want := range map[string]bool{"": true, "{}": true, `{"auths":{},"psFormat":"x"}`: true, `{"auths":{"a":{}}}`: false, `{"credsStore":"x"}`: false, `{"credHelpers":{"a":"b"}}`: false} {
		if f, err := Parse([]byte(content)); err != nil || f.Undecided() != want {
			t.Errorf("%q: %v, %v", content, f.Undecided(), err)
		}
	}
}
