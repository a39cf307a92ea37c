//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What ssh is told where nothing is to be forwarded, or can't be. With a server and an agent all that is in testdata/ssh.
func TestSSHCommand(t *testing.T) {
	t.Parallel()
	h := newHouse(t, "ENTRALOGIN_AGENT=")
	bin := filepath.Join(h.dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "ssh"), []byte("#!/bin/sh\n"+
		"grep -q 'SigIgn:.[0-9a-f]*[13579bdf]...$' /proc/self/status 2>/dev/null && printf 'SIGPIPE is ignored|'\n"+
		"printf '%s|' \"$@\"; echo $LC_ENTRALOGIN_AGENT\nexit 9\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	without := h.env
	unfit := filepath.Join(h.dir, "a path with spaces")
	if err := os.Mkdir(unfit, 0o700); err != nil {
		t.Fatal(err)
	}
	h.env = append(h.env, "PATH="+bin+":"+os.Getenv("PATH"), "XDG_RUNTIME_DIR="+unfit)
	const unforwarded = "the host gets no tokens from here: "
	for line, want := range map[string]struct {
		code     int
		out, err string
	}{
		"":                 {2, "", "no host is named: entralogin ssh HOST"},
		"--tcp":            {2, "", "no host is named"},
		"--lines host":     {2, "", "--lines takes no host"},
		"--nonsense host":  {2, "", "--nonsense"},
		"-V":               {9, "-V|\n", ""},
		"-G host":          {9, "-G|host|\n", ""},
		"host uname -a":    {9, "host|uname|-a|\n", unforwarded},
		"--tcp host --tcp": {9, "host|--tcp|\n", unforwarded},
		"-- host -G":       {9, "--|host|-G|\n", unforwarded},
		"-v -p 22 -- host": {9, "-v|-p|22|--|host|\n", unforwarded},
		"--lines":          {3, "", "has characters that ssh takes for something else: set XDG_RUNTIME_DIR"},
		"--prepare":        {3, "", "has characters that ssh takes for something else"},
		"--help":           {0, "Ssh runs ssh with a socket forwarded", ""},
		"-h":               {0, "Ssh runs ssh with a socket forwarded", ""},
	} {
		r := h.call(append([]string{"entralogin", "ssh"}, strings.Fields(line)...)...)
		out, said := string(r.out.Bytes()), string(r.err.Bytes())
		if code := r.cmd.ProcessState.ExitCode(); code != want.code || !strings.HasPrefix(out, want.out) || (out == "") != (want.out == "") ||
			!strings.Contains(said, want.err) || (said == "") != (want.err == "") {
			t.Errorf("ssh %s: exit code %d: %.200s%s", line, code, out, said)
		}
	}
	h.env = append(without, "PATH="+filepath.Dir(program(t)))
	if r := h.call(program(t), "ssh", "host"); r.cmd.ProcessState.ExitCode() != 3 || !strings.Contains(string(r.err.Bytes()), "ssh is not on the PATH.") {
		t.Errorf("without ssh: exit code %d: %s", r.cmd.ProcessState.ExitCode(), r.err.Bytes())
	}
}
