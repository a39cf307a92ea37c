//go:build race

package main

// underRace says that the race detector slows these tests down; they do less then.
const underRace = true
