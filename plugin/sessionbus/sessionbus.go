// Package sessionbus connects with the session bus of D-Bus of this machine, over which the programs of a person's desktop
// speak with each other: https://dbus.freedesktop.org/doc/dbus-specification.html
package sessionbus

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/entralogin/entralogin/plugin/text"
)

// Error says why there is no connection.
type Error struct {
	What    string // clean words: "the session bus belongs to the user 12"
	Foreign bool   // the bus is another user's
}

func (e *Error) Error() string { return e.What }

func failed(format string, args ...any) error { return &Error{What: fmt.Sprintf(format, args...)} }

// Connect connects with the bus at an address, as DBUS_SESSION_BUS_ADDRESS has it; "" is none. Sockets of this machine
// alone will do, since secrets come over it: godbus would take TCP, and programs to start, too. The bus has to be one's own
// or root's, for it says who owns which name; a socket in a shared folder can be anybody's by now. Signals are delivered in
// the order in which they came. Errors: *Error, that of the context.
func Connect(ctx context.Context, address string) (*dbus.Conn, error) {
	paths, err := sockets(address)
	if err != nil {
		return nil, err
	}
	var raw net.Conn
	for _, path := range paths {
		var d net.Dialer
		if raw, err = d.DialContext(ctx, "unix", path); err == nil {
			break
		}
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, failed("the session bus can't be reached: %s", text.Redact(err.Error(), 200))
	}
	if err := checkPeer(raw); err != nil {
		raw.Close()
		return nil, err
	}
	// The library ends none of what follows by a context.
	stop := context.AfterFunc(ctx, func() { raw.SetDeadline(time.Unix(1, 0)) })
	c, err := greet(raw)
	if !stop() {
		raw.Close()
		return nil, context.Cause(ctx)
	}
	if err != nil {
		raw.Close()
		return nil, failed("the session bus does not let us in: %s", text.Redact(err.Error(), 200))
	}
	return c, nil
}

func greet(raw net.Conn) (*dbus.Conn, error) {
	c, err := dbus.NewConn(raw, dbus.WithSignalHandler(dbus.NewSequentialSignalHandler()))
	if err != nil {
		return nil, err
	}
	if err := c.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(os.Geteuid()))}); err != nil {
		return nil, err
	}
	return c, c.Hello()
}

// sockets are the Unix sockets that an address names:
// https://dbus.freedesktop.org/doc/dbus-specification.html#addresses
func sockets(address string) ([]string, error) {
	if runtime.GOOS != "linux" {
		return nil, failed("it is for Linux alone")
	}
	if address == "" {
		return nil, failed("there is no session bus (DBUS_SESSION_BUS_ADDRESS is not set)")
	}
	var found []string
	for _, one := range strings.Split(address, ";") {
		keys, ok := strings.CutPrefix(one, "unix:")
		if !ok {
			continue
		}
		for _, pair := range strings.Split(keys, ",") {
			key, value, _ := strings.Cut(pair, "=")
			path, err := dbus.UnescapeBusAddressValue(value)
			if err != nil || path == "" {
				continue
			}
			switch key {
			case "path":
				found = append(found, path)
			case "abstract":
				found = append(found, "@"+path)
			}
		}
	}
	if len(found) == 0 {
		return nil, failed("DBUS_SESSION_BUS_ADDRESS names no socket of this machine")
	}
	return found, nil
}

// Own reports whether a user may stand between us and what is secret: the person, or root.
func Own(uid uint32) bool { return uid == 0 || uid == uint32(os.Geteuid()) }
