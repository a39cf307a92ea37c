package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"
	"github.com/google/uuid"

	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/sessionbus"
	"github.com/entralogin/entralogin/plugin/text"
)

const (
	busName  = "com.microsoft.identity.broker1"
	busPath  = "/com/microsoft/identity/broker1"
	busFace  = "com.microsoft.identity.Broker1"
	protocol = "0.0"
	daemon   = "org.freedesktop.DBus."
)

// conn is a connection with the session bus.
type conn struct {
	*dbus.Conn
	owner       string // the broker's own name on the bus: whoever takes its well-known name later is not asked
	correlation string // of all calls
}

func unavailable(what string) error {
	return &Error{What: "can't be used: " + what, class: failure.Config}
}

// connect connects with the session bus at an address.
func connect(ctx context.Context, address string) (*conn, error) {
	c, err := sessionbus.Connect(ctx, address)
	if e, ok := errors.AsType[*sessionbus.Error](err); ok {
		if e.Foreign {
			return nil, &Error{What: "can't be trusted: " + e.What, class: failure.Answer}
		}
		return nil, unavailable(e.What)
	}
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, correlation: uuid.NewString()}, nil
}

// find returns the broker's unique name on the bus. Where nobody has its name but the bus knows a broker to start,
// start has it started; else the name is "".
func (c *conn) find(ctx context.Context, start bool) (owner string, err error) {
	has := false
	if err := c.ask(ctx, "NameHasOwner", &has, busName); err != nil {
		return "", err
	}
	if !has {
		var names []string
		if err := c.ask(ctx, "ListActivatableNames", &names); err != nil {
			return "", err
		}
		if !slices.Contains(names, busName) {
			return "", unavailable("there is none on this machine (nobody on the session bus is " + busName + ")")
		}
		if !start {
			return "", nil
		}
		var done uint32
		if err := c.ask(ctx, "StartServiceByName", &done, busName, uint32(0)); err != nil {
			return "", err
		}
	}
	if err := c.ask(ctx, "GetNameOwner", &owner, busName); err != nil {
		return "", err
	}
	var uid uint32
	if err := c.ask(ctx, "GetConnectionUnixUser", &uid, owner); err != nil {
		return "", err
	}
	if !sessionbus.Own(uid) {
		return "", &Error{What: fmt.Sprintf("can't be trusted: the program that has its name on the session bus belongs to the user %d", uid), class: failure.Answer}
	}
	return owner, nil
}

// ask calls the bus itself.
func (c *conn) ask(ctx context.Context, method string, answer any, args ...any) error {
	return c.failure(ctx, c.BusObject().CallWithContext(ctx, daemon+method, 0, args...).Store(answer))
}

// call calls a method of the broker.
func (c *conn) call(ctx context.Context, method string, request map[string]any) (object, error) {
	params, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	var reply string
	done := c.Object(c.owner, busPath).CallWithContext(ctx, busFace+"."+method, dbus.FlagNoAutoStart, protocol, c.correlation, string(params))
	if err := c.failure(ctx, done.Store(&reply)); err != nil {
		return nil, err
	}
	return parse(reply)
}

// cancel has the broker end its window, which nobody waits for any more, and waits for no answer. A broker was seen to
// leave the bus at one with an empty request: it gets the whole.
func (c *conn) cancel(request map[string]any) {
	params, err := json.Marshal(request)
	if err == nil {
		c.Object(c.owner, busPath).Go(busFace+".cancelInteractiveFlow", dbus.FlagNoReplyExpected, nil, protocol, c.correlation, string(params))
	}
}

// failure sorts an error of a call: the end of ctx, an answer that makes no sense, or one of the bus or the broker.
func (c *conn) failure(ctx context.Context, err error) error {
	var said dbus.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case !errors.As(err, &said) && c.Connected():
		return nonsense("in a form that is not the one expected")
	case !errors.As(err, &said):
		return &Error{What: "did not answer: the session bus is gone", class: failure.Network}
	}
	why := text.Redact(said.Error(), 300)
	switch strings.TrimPrefix(said.Name, daemon+"Error.") {
	case "NoReply", "Disconnected", "TimedOut", "Timeout":
		return &Error{What: "did not answer: " + why, class: failure.Network}
	case "ServiceUnknown", "NameHasNoOwner", "UnknownMethod", "UnknownInterface", "UnknownObject", "AccessDenied":
		return unavailable(why)
	}
	if strings.HasPrefix(said.Name, daemon+"Error.Spawn.") {
		return unavailable("it does not start: " + why)
	}
	return &Error{What: "refuses: " + why, class: failure.Refused}
}

func (c *conn) close() { _ = c.Close() }
