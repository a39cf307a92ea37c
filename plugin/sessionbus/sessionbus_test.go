package sessionbus

import (
	"runtime"
	"strings"
	"testing"
)

func TestSockets(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // nothing is looked for there
	}
	for address, want := range map[string]string{
		"unix:path=/run/user/1000/bus":                          "/run/user/1000/bus",
		"unix:path=/tmp/a%20b,guid=0123":                        "/tmp/a b",
		"unix:abstract=/tmp/dbus-x,guid=1":                      "@/tmp/dbus-x",
		"tcp:host=h,port=1;unix:path=/a;unix:path=/b":           "/a /b",
		"unixexec:path=/bin/sh,argv1=-c":                        "",
		"autolaunch:":                                           "",
		"unix:tmpdir=/tmp":                                      "",
		"unix:path=%zz":                                         "",
		"nonce-tcp:host=127.0.0.1,port=1,noncefile=/etc/passwd": "",
	} {
		found, err := sockets(address)
		if strings.Join(found, " ") != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", address, found, err)
		}
	}
}
