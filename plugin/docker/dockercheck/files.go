package dockercheck

import (
	"errors"
	"os"
	"strings"

	"github.com/entralogin/entralogin/plugin/check"
	"github.com/entralogin/entralogin/plugin/docker/dockerconfig"
	"github.com/entralogin/entralogin/plugin/failure"
)

// File is one of docker's or podman's.
type File struct {
	Path string
	Says dockerconfig.File
	Err  error // why it can't be read, or nil
}

// Load reads files; one that is not there says nothing.
func Load(paths []string) []File {
	files := make([]File, len(paths))
	for i, path := range paths {
		says, err := dockerconfig.Load(path)
		files[i] = File{path, says, err}
	}
	return files
}

// runs reports whether the file names this program for a registry.
func (f File) runs(registry string) bool { return f.Says.Helpers[registry] == dockerconfig.Helper }

// names reports whether the file says something of a registry.
func (f File) names(registry string) bool {
	return f.Says.Helpers[registry] != "" || len(f.Says.PasswordsOf(registry)) > 0
}

// CheckDocker says what docker's file says of a registry. elsewhere tells that podman runs this program for it: then
// docker need not. The command setup writes the file, inPlace in the place of another helper.
func CheckDocker(f File, registry string, elsewhere bool, setup, inPlace string) []check.Finding {
	switch helper, has := f.Says.Helpers[registry]; {
	case f.Path == "":
		return []check.Finding{Files.Fail(failure.Config, "there is no folder for docker's file: neither HOME nor DOCKER_CONFIG is set")}
	case f.Err != nil:
		return []check.Finding{Files.Fail(failure.Config, "docker can't use its file: %v", f.Err).Or("mend it, or put an older one in its place")}
	case helper == dockerconfig.Helper:
		return append([]check.Finding{Files.Good("%s names entralogin for %s", place(f.Path), registry)}, passwords(f, registry)...)
	case has && helper != "":
		found := Files.Fail(failure.Config, "%s names another helper for %s: %s", place(f.Path), registry, name(helper)).Or("%s", inPlace)
		if elsewhere {
			found.Level, found.Class = check.Warning, ""
		}
		return []check.Finding{found}
	}
	instead := "docker asks nobody, or takes what stands there"
	if _, has := f.Says.Helpers[registry]; f.Says.Store != "" && !has { // an empty helper is none, also not that one
		instead = "docker asks its credsStore, " + name(f.Says.Store)
	}
	if elsewhere {
		return []check.Finding{Files.Good("%s does not name entralogin for %s: %s", place(f.Path), registry, instead)}
	}
	found := Files.Fail(failure.Config, "%s does not name entralogin for %s: %s", place(f.Path), registry, instead)
	if _, err := os.Stat(f.Path); errors.Is(err, os.ErrNotExist) {
		found = Files.Fail(failure.Config, "%s is not there, so docker asks nobody for %s", place(f.Path), registry)
	}
	return []check.Finding{found.Or("%s", setup)}
}

// passwords says that a password stands in the file beside the helper. docker passes it over; it is there in plain text,
// and what knows no helpers takes it.
func passwords(f File, registry string) []check.Finding {
	names := f.Says.PasswordsOf(registry)
	if len(names) == 0 {
		return nil
	}
	return []check.Finding{Files.Warn("%s holds a password of %s in plain text, too (auths), which only programs without helpers use", place(f.Path), registry).
		Or("docker logout %s", names[0])}
}

// CheckPodman says which of the files that podman reads counts for a registry: the first that says something of it. It
// says nothing where none does, or only that of docker, which CheckDocker is about.
func CheckPodman(files []File, docker, registry string) []check.Finding {
	for _, f := range files {
		password := f.Says.PasswordsOf(registry)
		switch {
		case f.Err != nil && f.Path != docker:
			return []check.Finding{Files.Fail(failure.Config, "podman can't use its file: %v", f.Err).Or("mend it, or take it away")}
		case !f.names(registry):
			continue
		case f.runs(registry) && f.Path == docker:
			return nil
		case f.runs(registry):
			return []check.Finding{Files.Good("%s names entralogin for %s", place(f.Path), registry)}
		case f.Path == docker:
			return nil
		case f.Says.Helpers[registry] != "":
			return []check.Finding{Files.Warn("%s names another helper for %s, and podman, buildah and skopeo ask no further: %s", place(f.Path), registry, name(f.Says.Helpers[registry])).
				Or("take it out there")}
		case Runs(files, registry):
			return []check.Finding{Files.Warn("%s holds a password of %s (auths), which podman, buildah and skopeo take before they ask entralogin", place(f.Path), registry).
				Or("podman logout --authfile %s %s", place(f.Path), password[0])}
		}
		return nil
	}
	return nil
}

// Runs reports whether one of some files names this program for a registry.
func Runs(files []File, registry string) bool {
	for _, f := range files {
		if f.runs(registry) {
			return true
		}
	}
	return false
}

// CheckVariable says that DOCKER_AUTH_CONFIG, which docker 28.3 and newer take before they ask a helper, holds a password
// of a registry. value is the variable's.
func CheckVariable(value, registry string) []check.Finding {
	says, err := dockerconfig.Parse([]byte(value))
	if err != nil || strings.TrimSpace(value) == "" || len(says.PasswordsOf(registry)) == 0 {
		return nil
	}
	return []check.Finding{Files.Warn("DOCKER_AUTH_CONFIG holds a password of %s, which docker takes before it asks entralogin", registry).
		Or("unset the variable, or take the registry out of it")}
}

// CheckProgram says whether what docker and podman run for the helper is there, can be run and is this program. It is not
// run. link is the command that makes it.
func CheckProgram(m check.Machine, link string) check.Finding {
	program := dockerconfig.Program(dockerconfig.Helper)
	file, err := m.Find(program)
	if err != nil {
		return Helper.Fail(failure.Config, "%s is not on the PATH, and a helper can't be named by a path", program).Or("make the link: %s", link)
	}
	return m.Identify(Helper, program, file, "have the link lead to the entralogin that is run: "+link)
}
