package sshcmd

import (
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	flags := pflag.NewFlagSet("ssh", pflag.ContinueOnError)
	flags.Bool("tcp", false, "")
	flags.String("config", "", "")
	for line, ours := range map[string]int{
		"host": 0, "": 0, "-v host": 0, "-- host": 0, "--tcp host": 1, "--tcp --tcp=false host": 2, "--config file host": 2, "--config=file host": 1, "--config": 1,
		"--unknown host": 1, "host --tcp": 0, "-p 22 --tcp host": 0, "--tcp -- --tcp": 1,
	} {
		words := strings.Fields(line)
		got, rest := split(words, flags)
		if !slices.Equal(got, words[:ours]) || !slices.Equal(rest, words[ours:]) {
			t.Errorf("%s: %q and %q", line, got, rest)
		}
	}
}

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
