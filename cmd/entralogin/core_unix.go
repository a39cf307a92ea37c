//go:build unix && !linux

package main

import "syscall"

// writeNoCore keeps tokens out of core files by the limit on their size. Where a system refuses, a token is
// handed out all the same.
func writeNoCore() { syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) }
