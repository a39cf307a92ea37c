package main

import (
	"path/filepath"
	"runtime"

	"github.com/adrg/xdg"
)

// configHome is $XDG_CONFIG_HOME, ~/.config, or what the system has instead; "" where there is none.
func (a *app) configHome() string { return a.place("XDG_CONFIG_HOME", xdg.ConfigHome) }

// cacheHome is $XDG_CACHE_HOME, ~/.cache, or what the system has instead; "" where there is none.
func (a *app) cacheHome() string { return a.place("XDG_CACHE_HOME", xdg.CacheHome) }

// place says whether a folder of package xdg can be meant. Without a HOME the package takes the root
// folder for one, where nobody's files belong. A relative path in the variable is ignored, as
// https://specifications.freedesktop.org/basedir-spec/latest/ wants it, but not in silence.
func (a *app) place(variable, folder string) string {
	value := a.getenv(variable)
	if value != "" && !filepath.IsAbs(value) {
		a.say("%s is no absolute path and is ignored", variable)
	}
	if !filepath.IsAbs(value) && a.getenv("HOME") == "" && runtime.GOOS != "windows" {
		return ""
	}
	return folder
}
