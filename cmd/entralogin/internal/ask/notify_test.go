//go:build dbus && linux

package ask

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/entralogin/entralogin/plugin/agent/server"
	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// The tests of this file need Debian's dbus, whose daemon gives each a session bus of its own:
//
//	go test -tags dbus ./cmd/entralogin/internal/ask

// notifications is a program that shows notifications to nobody. Its exported methods with a *dbus.Error are those of the bus.
type notifications struct {
	t      *testing.T
	c      *dbus.Conn
	can    []string // nil: it answers nothing
	shown  chan notification
	closed chan uint32
}

type notification struct {
	sender, title, body string
	actions             []string
	hints               map[string]dbus.Variant
	life                int32
}

// theID is that of each notification.
const theID = uint32(7)

func (n *notifications) GetCapabilities() ([]string, *dbus.Error) {
	if n.can == nil {
		<-n.t.Context().Done()
	}
	return n.can, nil
}

func (n *notifications) Notify(sender dbus.Sender, _ string, _ uint32, _, title, body string, actions []string, hints map[string]dbus.Variant, life int32) (uint32, *dbus.Error) {
	n.shown <- notification{string(sender), title, body, actions, hints, life}
	return theID, nil
}

func (n *notifications) CloseNotification(id uint32) *dbus.Error {
	n.closed <- id
	return nil
}

// says sends a signal of the program to the one that asked, over a connection that may be another's.
func says(t *testing.T, c *dbus.Conn, to, name string, args ...any) {
	t.Helper()
	m := &dbus.Message{Type: dbus.TypeSignal, Body: args, Headers: map[dbus.HeaderField]dbus.Variant{
		dbus.FieldPath: dbus.MakeVariant(dbus.ObjectPath(notifyPath)), dbus.FieldInterface: dbus.MakeVariant(notifyName),
		dbus.FieldMember: dbus.MakeVariant(name), dbus.FieldDestination: dbus.MakeVariant(to),
		dbus.FieldSignature: dbus.MakeVariant(dbus.SignatureOf(args...))}}
	must(t, c.Send(m, nil).Err)
}

func connected(t *testing.T, address string) *dbus.Conn {
	t.Helper()
	c, err := dbus.Connect(address)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// newDesktop is a bus with a program that shows notifications and can do some things.
func newDesktop(t *testing.T, can ...string) (*notifications, *Asker) {
	t.Helper()
	address, err := entratest.StartBus(t.Context(), t.TempDir(), nil)
	must(t, err)
	n := &notifications{t: t, c: connected(t, address), can: can, shown: make(chan notification, 1), closed: make(chan uint32, 4)}
	must(t, n.c.Export(n, notifyPath, notifyName))
	reply, err := n.c.RequestName(notifyName, 0)
	if err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal(reply, err)
	}
	return n, New([]string{"DBUS_SESSION_BUS_ADDRESS=" + address})
}

type answer struct {
	yes bool
	err error
}

// asks begins a question.
func asks(ctx context.Context, a *Asker, q server.Question) <-chan answer {
	answered := make(chan answer, 1)
	go func() {
		yes, err := a.Confirm(ctx, q)
		answered <- answer{yes, err}
	}()
	return answered
}

// shows is the notification with which a question is asked.
func (n *notifications) shows(answered <-chan answer) notification {
	n.t.Helper()
	select {
	case shown := <-n.shown:
		return shown
	case got := <-answered:
		n.t.Fatalf("not asked: %v", got)
		return notification{}
	}
}

func usualDesktop() []string { return []string{"actions", "body", "body-markup", "persistence"} }

func TestNotificationAnswers(t *testing.T) {
	t.Parallel()
	n, a := newDesktop(t, usualDesktop()...)
	for _, test := range []struct {
		name string
		args []any
		want answer
	}{
		{"ActionInvoked", []any{theID, "yes"}, answer{true, nil}},
		{"ActionInvoked", []any{theID, "no"}, answer{false, nil}},
		{"NotificationClosed", []any{theID, uint32(1)}, answer{false, ErrNoAnswer}}, // its time is over
		{"NotificationClosed", []any{theID, uint32(2)}, answer{false, ErrNoAnswer}}, // the person put it away
	} {
		answered := asks(t.Context(), a, question())
		shown := n.shows(answered)
		// What is no answer of this question.
		says(t, n.c, shown.sender, "ActionInvoked", theID+1, "yes")
		says(t, n.c, shown.sender, "ActionInvoked", theID, "default")
		says(t, n.c, shown.sender, "ActionInvoked", theID)
		says(t, n.c, shown.sender, "ActionInvoked", "7", "yes")
		says(t, n.c, shown.sender, "ActivationToken", theID, "yes")
		says(t, n.c, shown.sender, test.name, test.args...)
		if got := <-answered; got != test.want {
			t.Errorf("%s %v: %v", test.name, test.args, got)
		}
		if id := <-n.closed; id != theID {
			t.Errorf("closed %d", id)
		}
	}
}

func TestNotificationSays(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		can  []string
		safe func(string) string
	}{{usualDesktop(), escaped}, {[]string{"body", "actions"}, inert}} {
		n, a := newDesktop(t, test.can...)
		answered := asks(t.Context(), a, hostile())
		shown := n.shows(answered)
		if shown.title != title(hostile(), inert) || shown.body != strings.Join(details(hostile(), test.safe), "\n") {
			t.Errorf("%s\n%s", shown.title, shown.body)
		}
		if !slices.Equal(shown.actions, []string{"no", "No", "yes", "Yes"}) || shown.life != 120_000 || shown.hints["urgency"].Value() != byte(2) {
			t.Errorf("%+v", shown)
		}
		says(t, n.c, shown.sender, "ActionInvoked", theID, "no")
		<-answered
	}
}

// Anybody on the bus can send a signal. The answer of the program that was asked counts.
func TestNotificationOfAnother(t *testing.T) {
	t.Parallel()
	n, a := newDesktop(t, usualDesktop()...)
	other := connected(t, strings.TrimPrefix(a.environ[0], "DBUS_SESSION_BUS_ADDRESS="))
	answered := asks(t.Context(), a, question())
	shown := n.shows(answered)
	says(t, other, shown.sender, "ActionInvoked", theID, "yes")
	var id string // the signal has come by then: the bus keeps what one sends to another in order
	must(t, other.BusObject().Call("org.freedesktop.DBus.GetId", 0).Store(&id))
	says(t, n.c, shown.sender, "ActionInvoked", theID, "no")
	if got := <-answered; got != (answer{}) {
		t.Errorf("got %v", got)
	}
}

// The end of the question takes the notification away; the end of the program that shows it is no answer.
func TestNotificationEnds(t *testing.T) {
	t.Parallel()
	n, a := newDesktop(t, usualDesktop()...)
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	answered := asks(ctx, a, question())
	n.shows(answered)
	cancel(gone)
	if got := <-answered; got != (answer{false, gone}) {
		t.Errorf("got %v", got)
	}
	if id := <-n.closed; id != theID {
		t.Errorf("closed %d", id)
	}
	b, err := desktop{a.bus(), a.quick}.open(t.Context(), "actions")
	must(t, err)
	defer b.Close()
	id, err := b.notify(t.Context(), "title", "body", nil, time.Minute)
	must(t, err)
	n.c.Close()
	if yes, err := b.await(t.Context(), id); yes || err != ErrNoAnswer {
		t.Error(yes, err)
	}
}

func TestNotificationShows(t *testing.T) {
	t.Parallel()
	n, a := newDesktop(t, "body", "body-markup")
	ctx, cancel := context.WithCancel(t.Context())
	must(t, a.Show(ctx, "To sign in, open\nhttps://login.example/?a=1&b=2\nand enter ABC-123"))
	shown := <-n.shown
	if shown.title != "To sign in, open" || shown.body != "https://login.example/?a=1&amp;b=2\nand enter ABC-123" || len(shown.actions) != 0 || shown.life != 0 {
		t.Errorf("%+v", shown)
	}
	select {
	case <-n.closed:
		t.Error("it is gone while it is needed")
	default:
	}
	cancel()
	if id := <-n.closed; id != theID {
		t.Errorf("closed %d", id)
	}
}

// Where a desktop can't ask, the askpass program does.
func TestNoNotification(t *testing.T) {
	t.Parallel()
	path := script(t, "exit 0")
	as := func(change func(*notifications, *Asker), can ...string) *Asker {
		n, a := newDesktop(t, can...)
		if change != nil {
			change(n, a)
		}
		return a
	}
	for name, a := range map[string]*Asker{
		"no buttons": as(nil, "body", "body-markup"),
		"no body":    as(nil, "actions"),
		"nobody":     as(func(n *notifications, _ *Asker) { n.c.ReleaseName(notifyName) }, usualDesktop()...),
		"mute":       as(func(_ *notifications, a *Asker) { a.quick = 100 * time.Millisecond }),
		"no bus":     New([]string{"DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere/bus"}),
		"elsewhere":  New([]string{"DBUS_SESSION_BUS_ADDRESS=tcp:host=127.0.0.1,port=1"}),
	} {
		if yes, err := a.Confirm(t.Context(), question()); yes || !errors.Is(err, server.ErrCantAsk) || !strings.Contains(err.Error(), "the desktop has no notification to ask with: ") {
			t.Errorf("%s: %v, %v", name, yes, err)
		}
		a.environ = append(a.environ, "SSH_ASKPASS="+path, "DISPLAY=:9")
		if yes, err := a.Confirm(t.Context(), question()); !yes || err != nil {
			t.Errorf("%s: %v, %v", name, yes, err)
		}
	}
}

// Who shows notifications and is another user is not asked. The test is root's, who alone can be others.
func TestNotificationsOfAnotherUser(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can run a program as somebody else")
	}
	t.Parallel()
	n, a := newDesktop(t, usualDesktop()...)
	n.c.ReleaseName(notifyName)
	address := strings.TrimPrefix(a.environ[0], "DBUS_SESSION_BUS_ADDRESS=")
	dir := filepath.Dir(strings.TrimPrefix(strings.Split(address, ",")[0], "unix:path="))
	must(t, os.Chmod(dir, 0o755))
	must(t, os.Chmod(filepath.Dir(dir), 0o755))
	exe := filepath.Join(dir, "stranger")
	itself, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	must(t, os.WriteFile(exe, itself, 0o755))
	cmd := exec.Command(exe)
	cmd.Env = []string{asStranger + "=" + address}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() { in.Close(); cmd.Wait() })
	if said := make([]byte, 6); func() error { _, err := out.Read(said); return err }() != nil || string(said) != "ready\n" {
		t.Fatalf("the stranger says %q", said)
	}
	if yes, err := a.Confirm(t.Context(), question()); yes || !errors.Is(err, server.ErrCantAsk) || !strings.Contains(err.Error(), "another user shows them") {
		t.Error(yes, err)
	}
}
