// Package ask asks the person at this machine whether a token may leave it, and shows them what a sign-in needs where no
// terminal of theirs is at hand. There are three ways, and the first one that can reach a person is taken:
//
//  1. a notification of the desktop, where the program that shows them has buttons ("actions"). It comes to where the person
//     looks, whatever window is in front, and needs no setting.
//  2. an askpass program, as "ssh-agent -c" runs it: SSH_ASKPASS, or ssh-askpass where distributions have it, if DISPLAY or
//     WAYLAND_DISPLAY says that there is a desktop, or SSH_ASKPASS_REQUIRE=force that none is needed.
//  3. the terminal of the agent, if the agent is in its foreground, where nothing else reads what is typed.
//
// SSH_ASKPASS_REQUIRE=force or prefer puts the askpass program first, for then the person has chosen it; SSH_ASKPASS_REQUIRE=never
// leaves it out. An agent that was started over ssh (SSH_CONNECTION) asks at its terminal first and on the desktop last: nobody
// may sit there.
//
// A way that can't ask is passed over. Once somebody was asked no other way is tried: no answer stays none, and is no "no".
// All variables are those that the agent was started with; no caller's words choose a program.
package ask

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/agent/server"
)

// ErrNoAnswer says that a person was asked, and neither said yes nor no: the question was closed, or its time ran out.
var ErrNoAnswer = errors.New("the question was not answered")

// Asker asks the person at this machine. It is a server.Confirmer, which is asked one question at a time; Show may be called
// beside it.
type Asker struct {
	environ []string      // of the agent
	quick   time.Duration // how long the bus and the program that shows notifications may take for what needs no person
}

// New is an Asker for an agent with that environment (os.Environ). It looks at nothing yet.
func New(environ []string) *Asker {
	return &Asker{environ: environ, quick: 5 * time.Second}
}

// way is one to reach the person. Errors: a *cantAsk if it can't, ErrNoAnswer, that of the context.
type way interface {
	ask(context.Context, server.Question) (yes bool, err error)
	// show returns once the text can be read. It is taken away when the context ends.
	show(ctx context.Context, text string) error
}

// cantAsk says why a way can't reach a person, in clean words.
type cantAsk struct{ why string }

func (e *cantAsk) Error() string    { return e.why }
func (e *cantAsk) Is(of error) bool { return of == server.ErrCantAsk }

// Confirm asks whether a token may leave this machine. All but a clear yes is none. Errors: ErrNoAnswer, one that is
// server.ErrCantAsk and says what each way lacks, that of the context, with whose end the question is taken back.
func (a *Asker) Confirm(ctx context.Context, q server.Question) (yes bool, err error) {
	yes, err = first(ctx, a.ways(), func(w way) (bool, error) { return w.ask(ctx, q) })
	return yes && err == nil, err
}

// Show shows a text of our own, of several lines, such as the address and the code of a sign-in, and returns once it can be
// read. It is taken away when ctx ends, if it is of the desktop. Errors: one that is server.ErrCantAsk, that of the context.
func (a *Asker) Show(ctx context.Context, text string) error {
	_, err := first(ctx, a.ways(), func(w way) (struct{}, error) { return struct{}{}, w.show(ctx, text) })
	return err
}

// first is what the first way gives that reaches the person.
func first[T any](ctx context.Context, ways []way, try func(way) (T, error)) (none T, _ error) {
	var why []string
	for _, w := range ways {
		given, err := try(w)
		if ctx.Err() != nil {
			return none, context.Cause(ctx)
		}
		if !errors.Is(err, server.ErrCantAsk) {
			return given, err
		}
		why = append(why, err.Error())
	}
	return none, &cantAsk{server.ErrCantAsk.Error() + ": " + strings.Join(why, "; ")}
}

// ways are all ways, the best one first.
func (a *Asker) ways() []way {
	bus, program, tty := desktop{a.bus(), a.quick}, askpass{a}, terminal{}
	require := strings.ToLower(a.env("SSH_ASKPASS_REQUIRE"))
	switch {
	case require == "force" || require == "prefer":
		return []way{program, bus, tty}
	case a.env("SSH_CONNECTION") != "":
		return []way{tty, program, bus}
	}
	return []way{bus, program, tty}
}

// bus is the address of the person's session bus. Without a word of the environment it is where systemd has it:
// https://www.freedesktop.org/software/systemd/man/latest/sd_bus_default.html
func (a *Asker) bus() string {
	if address := a.env("DBUS_SESSION_BUS_ADDRESS"); address != "" {
		return address
	}
	if dir := a.env("XDG_RUNTIME_DIR"); strings.HasPrefix(dir, "/") && !strings.ContainsAny(dir, ",;%") {
		return "unix:path=" + dir + "/bus"
	}
	return ""
}

// env is a variable of the agent's; of several of one name the first counts, as with getenv(3).
func (a *Asker) env(name string) string {
	for _, entry := range a.environ {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}
