package main

import "os/exec"

// makeGroup does nothing: the end of its context kills the program alone.
func makeGroup(*exec.Cmd) {}

func endGroup(*exec.Cmd) {}
