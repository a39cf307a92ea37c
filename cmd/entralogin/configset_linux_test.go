package main

import (
	"strings"
	"testing"
)

// A config file that can't be written, or that decides nothing since others could have written it, stays as it is.
func TestConfigSetWhereNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	asAnotherUser(t)
	program := program(t)
	for name, test := range map[string]struct {
		prepare string // in the folder of the config file, by root
		code    string
		says    string
	}{
		"read-only folder":     {"chmod 555 .", "8", "can't be written (lock it): permission denied"},
		"read-only file":       {"chmod 444 config.yaml", "8", "can't be written (open it): permission denied"},
		"root's file":          {"chown 0:0 config.yaml; chmod 644 config.yaml", "8", "can't be written (open it): permission denied"},
		"root's behind a link": {"mkdir -m 755 $HOUSE/etc; mv config.yaml $HOUSE/etc; chown -R 0:0 $HOUSE/etc; chmod 644 $HOUSE/etc/config.yaml; ln -s $HOUSE/etc/config.yaml .", "8", "can't be written"},
		"a stranger's":         {"chown 12345 config.yaml; chmod 644 config.yaml", "3", "belongs to another user"},
		"everybody's":          {"chmod 666 config.yaml", "3", "chmod go-w"},
		"two names":            {"ln config.yaml other", "3", "has 2 names"},
		"folder that can't be": {"rm -r $HOME/.config; touch $HOME/.config; mkdir -p $HOUSE/x", "3", "not a directory"},
		"FIFO":                 {"mv config.yaml x; mkfifo -m 600 config.yaml; chown " + nobodyAtAll + " config.yaml", "3", "is not a regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.letIn()
			line := "cp ${E%% *} $HOUSE/entralogin; chown -R " + nobodyAtAll + " $HOME; cd $HOME/.config/entralogin && " + test.prepare +
				"; cd $HOUSE; find home etc -exec ls -dn --time-style=+ {} + >before 2>&1; " +
				as + "$HOUSE/entralogin config set prompt never; echo ended $?; " +
				"find home etc -exec ls -dn --time-style=+ {} + >after 2>&1; cmp before after >&2"
			r := h.shell(t, program, line)
			if out := string(r.out.Bytes()); out != "ended "+test.code+"\n" || !strings.Contains(string(r.err.Bytes()), test.says) || strings.Contains(string(r.err.Bytes()), "differ") {
				t.Errorf("%s%s", out, r.err.Bytes())
			}
		})
	}
}
