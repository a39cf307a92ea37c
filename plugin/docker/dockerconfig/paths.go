package dockerconfig

import (
	"fmt"
	"path/filepath"
)

// Places are where the files are looked for.
type Places struct {
	Getenv func(string) string
	Home   string // "" where there is none
	System string // GOOS
	UID    int    // of the user, where the system has such
}

// Docker is docker's file, which crane, ORAS, Helm and buildkit read, too. It is "" where there is no home folder.
// https://docs.docker.com/reference/cli/docker/#change-the-docker-directory
func (p Places) Docker() string {
	if folder := p.Getenv("DOCKER_CONFIG"); folder != "" {
		return filepath.Join(folder, "config.json")
	}
	return p.inHome(".docker", "config.json")
}

// Podman are the files that podman, buildah and skopeo read, in their order: the first that names a registry counts.
// That of docker is the last of them.
//
//   - https://github.com/containers/image/blob/main/docs/containers-auth.json.5.md
//   - https://github.com/containers/common/blob/main/pkg/auth/auth.go (GetDefaultAuthFile)
func (p Places) Podman() []string {
	if only := p.only(); only != "" {
		return []string{only}
	}
	var paths []string
	for _, path := range []string{p.runtime(), p.lasting(), p.Docker()} {
		if path != "" && (len(paths) == 0 || paths[len(paths)-1] != path) {
			paths = append(paths, path)
		}
	}
	return paths
}

// PodmanLasting is the one of Podman to write to: that of the runtime folder, to which podman login writes, is gone with
// the next start of the machine.
func (p Places) PodmanLasting() string {
	if only := p.only(); only != "" {
		return only
	}
	return p.lasting()
}

// only is the file beside which podman reads no other, or "".
func (p Places) only() string {
	if path := p.Getenv("REGISTRY_AUTH_FILE"); path != "" {
		return path
	}
	if p.Getenv("DOCKER_CONFIG") != "" {
		return p.Docker()
	}
	return ""
}

func (p Places) lasting() string {
	if folder := p.Getenv("XDG_CONFIG_HOME"); folder != "" && p.System == "linux" {
		return filepath.Join(folder, "containers", "auth.json")
	}
	return p.inHome(".config", "containers", "auth.json")
}

func (p Places) runtime() string {
	switch folder := p.Getenv("XDG_RUNTIME_DIR"); {
	case p.System != "linux":
		return ""
	case folder != "":
		return filepath.Join(folder, "containers", "auth.json")
	}
	return fmt.Sprintf("/run/containers/%d/auth.json", p.UID)
}

func (p Places) inHome(names ...string) string {
	if p.Home == "" {
		return ""
	}
	return filepath.Join(append([]string{p.Home}, names...)...)
}
