//go:build !linux

package main

// firstProcess is run on Linux alone.
func firstProcess() {}
