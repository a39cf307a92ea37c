package calls

import (
	"os"
	"runtime"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/docker/dockerconfig"
)

// DockerPlaces are where docker and podman look for their files.
func DockerPlaces(f *cli.Factory) dockerconfig.Places {
	home := f.Getenv("HOME")
	if runtime.GOOS == "windows" {
		home = f.Getenv("USERPROFILE")
	}
	return dockerconfig.Places{Getenv: f.Getenv, Home: home, System: runtime.GOOS, UID: os.Getuid()}
}
