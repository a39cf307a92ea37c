// Package execcmd is the command exec.
package execcmd
