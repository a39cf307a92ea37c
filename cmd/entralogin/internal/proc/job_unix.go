//go:build unix

package proc

import (
	"strconv"
	"syscall"
)

// Job tells apart what is run at a terminal: a shell makes a process group of each command line that a person types,
// and kubectl with the plugins that it runs stays in one, as all commands of a script do.
// https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_11
func Job() string { return strconv.Itoa(syscall.Getpgrp()) }
