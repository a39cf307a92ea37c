package artifactscmd

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/artifacts"
	"github.com/entralogin/entralogin/plugin/cargo"
)

var errSilent = errors.New("cargo says nothing") // and nobody tells

// talkToCargo answers what cargo wants until it wants nothing more. A failure is an answer as well: cargo shows it, and an
// exit code of ours in its place.
func talkToCargo(ctx context.Context, f *cli.Factory) error {
	if err := say(f, cargo.Hello); err != nil {
		return err
	}
	in, own := cargo.NewReader(f.In), f.Flags
	for {
		request, err := readRequest(in, calls.Silence)
		if _, ok := errors.AsType[*cargo.InputError](err); ok {
			return refuse(f, cargo.Other, err.Error())
		}
		if err == io.EOF || err == errSilent {
			return nil
		}
		if err != nil {
			return err
		}
		f.Flags = own // and not those of the request before
		if err := answerCargo(ctx, f, request); err != nil {
			return err
		}
	}
}

// readRequest reads a request: within the patience, since cargo ends the talk as soon as it is answered.
func readRequest(in *bufio.Reader, patience time.Duration) (cargo.Request, error) {
	return calls.InTime(patience, errSilent, func() (cargo.Request, error) { return cargo.Read(in) })
}

// answerCargo answers one request. Errors: those of a call that was ended, and of its output.
func answerCargo(ctx context.Context, f *cli.Factory, r cargo.Request) error {
	feed := artifacts.Find(r.Index)
	switch {
	case feed.Why != "":
		return refuse(f, cargo.Other, feed.Why)
	case !feed.Ours:
		return refuse(f, cargo.NotSupported, "")
	case r.Kind == cargo.Login && r.Token:
		return refuse(f, cargo.Other, "entralogin keeps no token of yours for a feed: without one, cargo login signs in")
	case r.Kind == cargo.Logout: // of what else it may say here, cargo shows nothing, or stops
		f.Err.Say("the feed shares its sign-in with other programs, so that it stays. To sign out of all: entralogin logout")
		return refuse(f, cargo.NotFound, "")
	case r.Kind != cargo.Get && r.Kind != cargo.Login:
		return refuse(f, cargo.NoOperation, "")
	}
	h, err := tokenForCargo(ctx, f, r)
	if err != nil {
		told := f.Explain(err)
		if told.Code > cli.ExitSignal {
			return err
		}
		f.Err.Lines(told.Lines)
		return refuse(f, cargo.Other, cmp.Or(append(told.Lines, err.Error())...))
	}
	if r.Kind == cargo.Login {
		return say(f, cargo.Done)
	}
	var answer bytes.Buffer
	if err := cargo.Answer(&answer, h.Token); err != nil {
		return refuse(f, cargo.Other, err.Error())
	}
	h.Transient = true // it answers a talk
	return cli.AnswerToken(f, h, answer.Bytes())
}

// tokenForCargo gets the token that a request is about. What stands behind the program in cargo's configuration counts as if
// it stood on the command line.
func tokenForCargo(ctx context.Context, f *cli.Factory, r cargo.Request) (cli.Handed, error) {
	feed, err := findFeed(r.Index)
	if err != nil {
		return cli.Handed{}, err
	}
	if len(r.Args) > 0 {
		if f.Flags, err = calls.ReadFeedArgs(r.Args, "cargo's configuration"); err != nil {
			return cli.Handed{}, err
		}
	}
	return token(ctx, f, feed, "cargo")
}

func refuse(f *cli.Factory, kind cargo.Kind, message string) error {
	return say(f, func(out io.Writer) error { return cargo.Refuse(out, kind, message) })
}

// say writes a line in one piece.
func say(f *cli.Factory, write func(io.Writer) error) error {
	var line bytes.Buffer
	if err := write(&line); err != nil {
		return err
	}
	return f.Answer(line.Bytes())
}
