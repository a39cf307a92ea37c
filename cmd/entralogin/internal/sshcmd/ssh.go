// Package sshcmd is the command ssh.
package sshcmd
