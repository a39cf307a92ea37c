package ask

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/entralogin/entralogin/plugin/agent"
	"github.com/entralogin/entralogin/plugin/agent/server"
	"github.com/entralogin/entralogin/plugin/sessionbus"
	"github.com/entralogin/entralogin/plugin/text"
)

const (
	notifyName = "org.freedesktop.Notifications"
	notifyPath = "/org/freedesktop/Notifications"
	busDaemon  = "org.freedesktop.DBus"
	// urgent keeps a notification in view until it is answered: https://specifications.freedesktop.org/notification-spec/latest/urgency-levels.html
	urgent = byte(2)
)

// desktop asks by a notification: https://specifications.freedesktop.org/notification-spec/latest/
type desktop struct {
	address string        // of the bus
	quick   time.Duration // see Asker
}

// board is a connection with the program that shows notifications.
type board struct {
	*dbus.Conn
	owner   string // its own name on the bus: of nobody else an answer counts
	quick   time.Duration
	can     []string
	signals chan *dbus.Signal
}

func noBoard(why string) error {
	return &cantAsk{"the desktop has no notification to ask with: " + why}
}

// open finds the program that shows notifications, started by the bus if need be, which has to be able to do what is
// wanted.
func (d desktop) open(ctx context.Context, wanted ...string) (*board, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, d.quick, noBoard("it did not answer"))
	defer cancel()
	c, err := sessionbus.Connect(ctx, d.address)
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	b := &board{Conn: c, quick: d.quick, signals: make(chan *dbus.Signal, 8)}
	if err := b.find(ctx); err != nil {
		c.Close()
		return nil, unreachable(ctx, err)
	}
	for _, w := range wanted {
		if !slices.Contains(b.can, w) {
			c.Close()
			return nil, noBoard("they have no " + w)
		}
	}
	return b, nil
}

// unreachable sorts an error of the bus or of its programs: the end of ctx, or a reason to take another way.
func unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, server.ErrCantAsk) {
		return err
	}
	return noBoard(text.Redact(err.Error(), 200))
}

// find fills in who shows notifications and what they can be, and has the answers come here.
func (b *board) find(ctx context.Context) error {
	var started, uid uint32
	bus := b.BusObject()
	if bus.CallWithContext(ctx, busDaemon+".GetNameOwner", 0, notifyName).Store(&b.owner) != nil { // nobody yet
		if err := bus.CallWithContext(ctx, busDaemon+".StartServiceByName", 0, notifyName, uint32(0)).Store(&started); err != nil {
			return err
		}
		if err := bus.CallWithContext(ctx, busDaemon+".GetNameOwner", 0, notifyName).Store(&b.owner); err != nil {
			return err
		}
	}
	if err := bus.CallWithContext(ctx, busDaemon+".GetConnectionUnixUser", 0, b.owner).Store(&uid); err != nil {
		return err
	}
	if !sessionbus.Own(uid) {
		return noBoard("another user shows them")
	}
	b.Signal(b.signals)
	if err := b.AddMatchSignalContext(ctx, dbus.WithMatchSender(b.owner), dbus.WithMatchInterface(notifyName)); err != nil {
		return err
	}
	if err := b.AddMatchSignalContext(ctx, dbus.WithMatchSender(busDaemon), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, b.owner)); err != nil {
		return err
	}
	return b.call(ctx, "GetCapabilities").Store(&b.can)
}

func (b *board) call(ctx context.Context, method string, args ...any) *dbus.Call {
	return b.Object(b.owner, notifyPath).CallWithContext(ctx, notifyName+"."+method, dbus.FlagNoAutoStart, args...)
}

// notify shows a notification. actions are keys and their labels, in turn. Its ID is waited for even if ctx ends: without it
// the notification could not be taken away.
func (b *board) notify(ctx context.Context, title, body string, actions []string, life time.Duration) (id uint32, err error) {
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), b.quick, noBoard("it did not answer"))
	defer cancel()
	hints := map[string]dbus.Variant{"urgency": dbus.MakeVariant(urgent)}
	call := b.call(ctx, "Notify", "entralogin", uint32(0), "dialog-password", title, body, actions, hints, int32(life.Milliseconds()))
	if err := call.Store(&id); err != nil {
		return 0, unreachable(ctx, err)
	}
	return id, nil
}

// withdraw takes a notification away, which may be gone, and waits for no answer.
func (b *board) withdraw(id uint32) {
	b.Object(b.owner, notifyPath).Go(notifyName+".CloseNotification", dbus.FlagNoReplyExpected|dbus.FlagNoAutoStart, nil, id)
}

// safe makes foreign text harmless in a body.
func (b *board) safe(s string) string {
	if slices.Contains(b.can, "body-markup") {
		return escaped(s)
	}
	return inert(s)
}

// The keys of the buttons. "No" comes first: where a click on the whole means the first one, it is that.
const yesKey, noKey = "yes", "no"

func (d desktop) ask(ctx context.Context, q server.Question) (bool, error) {
	b, err := d.open(ctx, "actions", "body")
	if err != nil {
		return false, err
	}
	defer b.Close()
	body := strings.Join(details(q, b.safe), "\n")
	id, err := b.notify(ctx, title(q, inert), body, []string{noKey, "No", yesKey, "Yes"}, agent.Attended)
	if err != nil {
		return false, err
	}
	defer b.withdraw(id)
	return b.await(ctx, id)
}

// await waits for the answer to the question with that ID.
func (b *board) await(ctx context.Context, id uint32) (bool, error) {
	for {
		select {
		case s, ok := <-b.signals:
			if !ok {
				return false, ErrNoAnswer // the bus is gone
			}
			if yes, over, err := b.answer(s, id); over {
				return yes, err
			}
		case <-ctx.Done():
			return false, context.Cause(ctx)
		}
	}
}

// answer reads a signal. over says that it settles the question with that ID. Anybody on the bus can send us one: it has to
// come from the program that was asked, whose name on the bus nobody else can have.
func (b *board) answer(s *dbus.Signal, id uint32) (yes, over bool, err error) {
	if s.Sender == busDaemon && s.Name == busDaemon+".NameOwnerChanged" && len(s.Body) == 3 && s.Body[0] == b.owner {
		return false, true, ErrNoAnswer // it has ended
	}
	if s.Sender != b.owner || len(s.Body) < 2 || s.Body[0] != id {
		return false, false, nil
	}
	switch s.Name {
	case notifyName + ".ActionInvoked":
		key := s.Body[1]
		return key == yesKey, key == yesKey || key == noKey, nil
	case notifyName + ".NotificationClosed":
		return false, true, ErrNoAnswer
	}
	return false, false, nil
}

func (d desktop) show(ctx context.Context, s string) error {
	b, err := d.open(ctx, "body")
	if err != nil {
		return err
	}
	first, rest, _ := strings.Cut(shown(s), "\n")
	body := rest
	if slices.Contains(b.can, "body-markup") {
		body = escaped(rest)
	}
	const never = 0 // it stays until it is withdrawn
	id, err := b.notify(ctx, first, body, nil, never)
	if err != nil {
		b.Close()
		return err
	}
	context.AfterFunc(ctx, func() {
		b.withdraw(id)
		b.Close()
	})
	return nil
}
