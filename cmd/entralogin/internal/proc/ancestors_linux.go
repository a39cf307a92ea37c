package proc

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
		parent, ok := parentOf(pid)
		git := isGit(pid)
		if !ok || !git && !isShell(pid) {
			break
		}
		row = append(row, process{pid, parent})
		if git {
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
		if parent, ok := parentOf(p.pid); !ok || parent != p.parent {
			return true
		}
	}
	return false
}

// isGit tells git by the first words of the command line: it may be run by a loader, or be a script of a
// shell.
func isGit(pid int) bool {
	for _, word := range commandLine(pid, 6) {
		if name := filepath.Base(word); name == "git" || strings.HasPrefix(name, "git-") {
			return true
		}
	}
	return false
}

func isShell(pid int) bool {
	for _, word := range commandLine(pid, 1) {
		if slices.Contains([]string{"sh", "dash", "bash", "ash", "busybox"}, filepath.Base(word)) {
			return true
		}
	}
	return false
}

// CallerName is the file name of the program that runs this one, "" where the system does not tell.
func CallerName() string {
	for _, word := range commandLine(os.Getppid(), 1) {
		return filepath.Base(word)
	}
	return ""
}

// commandLine returns the first words of a process's command line.
func commandLine(pid, most int) []string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	if err != nil {
		return nil
	}
	words := strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
	return words[:min(most, len(words))]
}

// parentOf reads https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
func parentOf(pid int) (parent int, ok bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, false
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // the name in front may hold anything
	if len(fields) < 2 {
		return 0, false
	}
	parent, err = strconv.Atoi(fields[1])
	return parent, err == nil
}
