//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// nobodyAtAll is a user without an entry in the list of users, and as is what a line of the shell runs a program as that
// user with.
const (
	nobodyAtAll = "54321"
	as          = "setpriv --reuid " + nobodyAtAll + " --regid " + nobodyAtAll + " --clear-groups "
)

const keepWarning = "can't be kept for the next call"

// shell runs a line of the shell in which $E is entralogin with what asks for a token.
func (h *house) shell(t *testing.T, program, line string) *run {
	t.Helper()
	h.env = append(h.env, "E="+program+" get-token --server-id "+entratest.ServerID, "CACHE="+h.cache(), "HOUSE="+h.dir)
	return h.call("sh", "-c", line)
}

// delivered checks that a token was delivered, with as many warnings.
func delivered(t *testing.T, what string, r *run, warnings int) {
	t.Helper()
	if code := r.cmd.ProcessState.ExitCode(); code != 0 || !strings.Contains(string(r.out.Bytes()), "eyJ") {
		t.Errorf("%s: exit code %d: %s", what, code, r.err.Bytes())
	}
	if n := strings.Count(string(r.err.Bytes()), keepWarning); n != warnings {
		t.Errorf("%s: %d warnings, not %d: %s", what, n, warnings, r.err.Bytes())
	}
}

// TestPlaces runs the real program where files can't be kept, or where something else is in their place.
func TestPlaces(t *testing.T) {
	t.Parallel()
	program := program(t)
	for name, test := range map[string]func(*testing.T, string){"no room": testNoRoom, "no place of one's own": testNoPlaceOfOnesOwn, "hostile files": testHostileFiles} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, program)
		})
	}
}

// A disk that is full, or a limit on the size of files, before the first sign-in and at a renewal: the token
// is delivered with one warning, what is stored stays whole, and the next run with room keeps it.
func testNoRoom(t *testing.T, program string) {
	for name, limit := range map[string]string{"no file at all": "ulimit -f 0; ", "files of a block": "ulimit -f 1; "} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.sim.AutoApprove(entratest.Alice, 0)
			delivered(t, "first", h.shell(t, program, limit+"$E"), 1)
			noRoom(t, h, program, limit, "", false)
		})
	}
	t.Run("full disk", func(t *testing.T) {
		t.Parallel()
		h := newHouse(t)
		h.sim.AutoApprove(entratest.Alice, 0)
		if err := os.MkdirAll(h.cache(), 0o700); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=96k,mode=700", "tmpfs", h.cache()).CombinedOutput(); err != nil {
			t.Logf("no file system can be mounted here; the limits above have to do: %v: %s", err, out)
			return
		}
		t.Cleanup(func() { exec.Command("umount", h.cache()).Run() })
		fill := "cat /dev/zero >$CACHE/filler 2>$HOUSE/full; "
		delivered(t, "first", h.shell(t, program, fill+"$E"), 1)
		h.shell(t, program, "rm $CACHE/filler")
		noRoom(t, h, program, fill, "rm $CACHE/filler", true)
	})
}

// noRoom signs in where there is room, renews where there is none, and then where there is some again. reserved
// says that the first renewal has room for the session all the same, though for nothing else.
func noRoom(t *testing.T, h *house, program, take, give string, reserved bool) {
	t.Helper()
	delivered(t, "with room", h.shell(t, program, "$E"), 0)
	before := h.shell(t, program, "cat $CACHE/sessions/*").out.Bytes()
	h.sim.ResetRequests()
	h.shell(t, program, "rm $CACHE/tokens/*")
	delivered(t, "renewal without room", h.shell(t, program, take+"$E"), 1)
	after := h.shell(t, program, "cat $CACHE/sessions/*").out.Bytes()
	if len(before) == 0 || len(after) == 0 || (string(before) == string(after)) == reserved {
		t.Errorf("there were %d bytes in the session, then %d, the same: %v", len(before), len(after), string(before) == string(after))
	}
	h.shell(t, program, give)
	delivered(t, "with room again", h.shell(t, program, "$E"), 0)
	if n := h.sim.Requests("devicecode"); n != 0 {
		t.Errorf("somebody was asked %d times", n)
	}
	h.sim.ResetRequests()
	delivered(t, "warm", h.shell(t, program, "$E"), 0)
	if n := h.sim.Requests("*"); n != 0 {
		t.Errorf("%d requests for a token that should be stored", n)
	}
}

// asAnotherUser skips a test where no program can be run as another user, or where that user can't come to the test's own
// folders: no others are opened. CI counts that as a failure.
func asAnotherUser(t *testing.T) {
	t.Helper()
	above := filepath.Dir(filepath.Dir(t.TempDir()))
	if out, err := exec.Command("sh", "-c", as+`test -x "$0"`, above).CombinedOutput(); err != nil {
		t.Skipf("needs root, setpriv, and a folder for temporary files that others may enter, not %s: %v %s", above, err, out)
	}
}

// letIn has other users come to what is in a house.
func (h *house) letIn() {
	h.t.Helper()
	for _, dir := range []string{h.dir, filepath.Dir(h.dir)} {
		if err := os.Chmod(dir, 0o711); err != nil {
			h.t.Fatal(err)
		}
	}
}

// Places where another user can't write, or that nobody has. The test gives the house to a user without an
// entry in the list of users; it takes root and setpriv for that.
func testNoPlaceOfOnesOwn(t *testing.T, program string) {
	asAnotherUser(t)
	for name, line := range map[string]string{
		"no HOME":             "env -u HOME " + as + "$E --config $HOUSE/config.yaml",
		"HOME of nobody":      "HOME=/nonexistent " + as + "$E --config $HOUSE/config.yaml",
		"HOME is read-only":   "mkdir $HOUSE/locked; chmod 555 $HOUSE/locked; HOME=$HOUSE/locked " + as + "$E --config $HOUSE/config.yaml",
		"cache is a file":     as + "$E --config $HOUSE/config.yaml --cache-dir $HOUSE/config.yaml",
		"cache is a device":   as + "$E --config $HOUSE/config.yaml --cache-dir /dev/null",
		"cache is below /sys": as + "$E --config $HOUSE/config.yaml --cache-dir /sys/entralogin",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			h.sim.AutoApprove(entratest.Alice, 0)
			h.shell(t, program, "cp $HOME/.config/entralogin/* $HOUSE; cp ${E%% *} $HOUSE/entralogin; chown "+nobodyAtAll+" $HOUSE/config.yaml $HOUSE/ca.pem")
			h.letIn()
			delivered(t, name, h.shell(t, filepath.Join(h.dir, "entralogin"), "cd /; "+line), 1)
		})
	}
}

// Something that entralogin did not put there, in place of a token, a session, a lock or a folder: refused
// with exit 8 and left as it is, or passed by with a warning; never followed, never waited for, and when it
// is gone all is as before.
func testHostileFiles(t *testing.T, program string) {
	put := map[string]string{
		"symbolic link": "ln -s $HOUSE/victim $F",
		"hard link":     "ln $HOUSE/victim $F",
		"FIFO":          "mkfifo -m 600 $F",
		"folder":        "mkdir $F",
		"large":         "head -c 2097152 /dev/zero >$F; chmod 600 $F",
	}
	if os.Geteuid() == 0 {
		put["another owner"] = "cp $HOUSE/victim $F; chown " + nobodyAtAll + " $F"
		put["device"] = "mknod -m 600 $F c 1 3"
	}
	h := newHouse(t)
	h.sim.AutoApprove(entratest.Alice, 0)
	delivered(t, "at first", h.shell(t, program, "$E"), 0)
	for name, line := range put {
		for _, folder := range []string{"tokens", "sessions", "locks"} {
			t.Run(name+" in "+folder, func(t *testing.T) {
				if err := syscall.Access("/dev/null", 0); name == "device" && (err != nil || h.shell(t, program, "F=$HOUSE/node; "+line+" && rm $F").cmd.ProcessState.ExitCode() != 0) {
					t.Skip("no device can be made here")
				}
				hostile(t, h, program, folder, line)
			})
		}
	}
	if n := h.sim.Requests("devicecode"); n != 1 {
		t.Errorf("somebody was asked %d times", n)
	}
}

// hostile puts something in place of the session's file in a folder, while a token has to be renewed.
func hostile(t *testing.T, h *house, program, folder, line string) {
	t.Helper()
	find := "F=$(ls -d $CACHE/" + folder + "/* | grep -v signin- | head -n 1); "
	if folder != "tokens" {
		h.shell(t, program, "rm -f $CACHE/tokens/*")
	}
	h.shell(t, program, find+"cp -p $F $HOUSE/victim; cp -p $F $HOUSE/copy; echo $F >$HOUSE/name; rm $F; "+line)
	r := h.shell(t, program, "$E")
	code := r.cmd.ProcessState.ExitCode()
	if folder == "locks" {
		delivered(t, folder, r, 1)
	} else if code != 8 || len(r.out.Bytes()) > 0 {
		t.Errorf("exit code %d: %s", code, r.err.Bytes())
	}
	if same := h.shell(t, program, "cmp $HOUSE/victim $HOUSE/copy"); same.cmd.ProcessState.ExitCode() != 0 {
		t.Error("the victim was written to")
	}
	h.shell(t, program, "F=$(cat $HOUSE/name); rm -rf $F; cp -p $HOUSE/copy $F; rm -f $CACHE/tokens/*.tmp-* $HOUSE/victim $HOUSE/copy")
	delivered(t, "afterwards", h.shell(t, program, "$E"), 0)
}
