package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// callers are the processes of git between this one and the git that a person called, this one's parent
// first. git runs its helpers through further gits and a shell, and they live on when the first one is
// killed.
type callers []process

type process struct{ pid, parent int }

// findCallers walks up to the last process in a row that is git or a shell of git's.
func findCallers() callers {
	var row callers
	last := 0 // how many of the row are there up to the last git
	for pid := os.Getppid(); pid > 1; {
		name, parent, ok := stat(pid)
		if !ok || !isGit(name) && !isShell(name) {
			break
		}
		row = append(row, process{pid, parent})
		if isGit(name) {
			last = len(row)
		}
		pid = parent
	}
	return row[:last]
}

// gone reports whether one of them has ended: what it had called has another parent then. The first git may
// lose its own parent, a terminal that was closed, and go on.
func (c callers) gone() bool {
	for i, p := range c {
		if i == len(c)-1 {
			return false
		}
		if _, parent, ok := stat(p.pid); !ok || parent != p.parent {
			return true
		}
	}
	return false
}

func isGit(name string) bool { return name == "git" || strings.HasPrefix(name, "git-") }

func isShell(name string) bool {
	return name == "sh" || name == "dash" || name == "bash" || name == "ash" || name == "busybox"
}

// stat returns a process's name and parent: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
func stat(pid int) (name string, parent int, ok bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if err != nil || open < 0 || end < open {
		return "", 0, false
	}
	fields := strings.Fields(string(text[end+1:]))
	if len(fields) < 2 {
		return "", 0, false
	}
	parent, err = strconv.Atoi(fields[1])
	return string(text[open+1 : end]), parent, err == nil
}
