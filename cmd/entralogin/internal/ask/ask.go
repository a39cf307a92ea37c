// Package ask asks the person at this machine whether a token may leave it: by an askpass program, by a notification of the
// desktop, or at a terminal.
package ask
