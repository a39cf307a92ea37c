package sshcmd

import (
	"strings"
	"testing"
)

func TestOpensSession(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]bool{
		"host": true, "-l alice host": true, "-p 22 host uname -G": true, "-NfL 80:web:80 host": true, "host -v": true, "-- host -G": true,
		"-oPort=22 host": true, "-o ControlPath=-G host": true, "-F -G host": true,
		"": false, "-V": false, "-Q mac": false, "-G host": false, "host -G": false, "-O exit host": false, "-vO exit host": false, "-W web:80 host": false,
		"-l alice": false, "-p 22": false,
	} {
		if got := opensSession(strings.Fields(line)); got != want {
			t.Errorf("ssh %s opens a session: %v", line, got)
		}
	}
}
