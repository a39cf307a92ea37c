package config

import (
	"fmt"
	"slices"
	"strings"
)

// A browser that is opened is a program that is run: which one, a kubeconfig can't choose.

// choosing are the variables that decide which program opens a page, and where that shows it: those that are read here,
// by the loader of programs, by xdg-open, and by Windows' side of WSL.
func choosing() []string {
	return []string{"BROWSER", Variable(Browser), "PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "LD_AUDIT",
		"DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "XAUTHORITY",
		"XDG_CURRENT_DESKTOP", "DESKTOP_SESSION", "KDE_FULL_SESSION", "KDE_SESSION_VERSION", "GNOME_DESKTOP_SESSION_ID", "MATE_DESKTOP_SESSION_ID",
		"XDG_CONFIG_DIRS", "XDG_DATA_DIRS", "XDG_DATA_HOME", "XDG_CONFIG_HOME",
		"WSLENV", "WSL_DISTRO_NAME", "WSL_INTEROP"}
}

// Choosing are what the kubeconfig moved of the variables that choose a browser, and the person's own config does not
// allow. None are known where the caller's environment is not.
func (f Foreign) Choosing() []Difference {
	if f.Caller == nil {
		return nil
	}
	return f.notAllowed(f.compareAll(choosing()))
}

// BrowserError says the difference where a page is to be opened: the sign-in goes on without.
func (d Difference) BrowserError() *Error {
	return &Error{Name: d.Name, Origin: "the environment",
		What: fmt.Sprintf("is %s, and was %s when the program that runs entralogin was started: a kubeconfig can't choose what opens a page. %s",
			shown(d.Own), shown(d.Other), d.Hint)}
}

// Allowed are the variables, NAME=VALUE, in which the kubeconfig follows the person's own config.
func (f Foreign) Allowed() []string {
	return slices.DeleteFunc(slices.Clone(f.own().AllowEnv), func(entry string) bool {
		name, value, _ := strings.Cut(entry, "=")
		return f.Getenv(name) != value
	})
}
