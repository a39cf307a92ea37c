package calls

import (
	"bytes"
	"io"
	"time"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/text"
)

// Silence is how long a program that runs this one may take to say what it wants. It writes that as soon as this one runs.
const Silence = 10 * time.Second

// InTime returns what read reads of standard input, and late where that takes longer than patience: whoever holds standard
// input open and says nothing is not waited for.
func InTime[T any](patience time.Duration, late error, read func() (T, error)) (T, error) {
	type result struct {
		got T
		err error
	}
	done := make(chan result, 1)
	go func() {
		got, err := read()
		done <- result{got, err}
	}()
	select {
	case r := <-done:
		return r.got, r.err
	case <-time.After(patience):
		var none T
		return none, late
	}
}

// ReadInput reads all that a call gets on standard input, of which the beginning may have been read before. late makes the
// error for an input without an end, from what is wrong with it.
func ReadInput[T any](f *cli.Factory, read func(io.Reader) (T, error), late func(what string) error) (T, error) {
	if !f.Question.Whole {
		f.Trace.Spoil() // the question has nothing of it, or not all
	}
	said := io.MultiReader(bytes.NewReader(f.Question.Input), f.In)
	return InTime(Silence, late("has not come to its end within "+text.Span(Silence)), func() (T, error) { return read(said) })
}
