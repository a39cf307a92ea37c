// Package keyringcmd is the program run as keyring, which pip, uv and others run for the password of a package index. It
// answers for the feeds of Azure Artifacts, and hands every other call to the next keyring of the PATH.
package keyringcmd

import (
	"bytes"
	"context"
	"errors"

	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/artifacts"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/keyring"
	"github.com/entralogin/entralogin/plugin/text"
)

// Run answers a call, or becomes the program that does.
func Run(ctx context.Context, f *cli.Factory, args []string) error {
	if f.Foreign() {
		return cli.Usagef("a kubeconfig may run get-token and version alone, not keyring (%s is set: unset it to run the command yourself)", cli.ExecInfo)
	}
	in, ok := keyring.Read(args)
	if !ok {
		return passOn(f, args)
	}
	feed := artifacts.Find(in.Service)
	switch {
	case feed.Ours:
		return get(ctx, f, in, feed)
	case feed.Why != "":
		f.Err.Warn(feed.Why)
		return nothing()
	}
	return passOn(f, args)
}

// nothing ends a call without a password, as keyring does where it has none: the caller goes on without.
func nothing() error { return &cli.ExitError{Code: cli.ExitOther} }

// get answers with the token for a feed. pip and uv ask for its host alone after a question for its URL failed, and that has
// said why: where such a question does not say which organization is meant, there is nothing to say again.
func get(ctx context.Context, f *cli.Factory, in keyring.Input, feed artifacts.Feed) error {
	call, err := calls.FindFeed(ctx, f, nil, feed, keyring.Name, in.Account())
	if err != nil {
		return err
	}
	for _, note := range call.Notes {
		f.Err.Warn(note)
	}
	call.BeforeWait = func(ctx context.Context) (context.Context, func()) { return proc.WhileRead(ctx, f.Out) }
	h, err := call.Source(ctx, f)
	if _, unknown := errors.AsType[*git.TenantError](err); unknown && feed.Organization == "" {
		f.Err.Explain(text.Short(err.Error(), 300))
		return nothing()
	}
	if err != nil {
		return err
	}
	h.Tokens.Forbidden = func(context.Context) string { return unseen(f, in) }
	if h.Token, err = h.Tokens.Token(ctx, h.Request); err != nil {
		return err
	}
	h.Transient = feed.Secret || artifacts.MayBeSecret(in.User) // the words of the call would be kept
	var answer bytes.Buffer
	if err := in.Answer(&answer, h.Token); err != nil {
		return err
	}
	return cli.AnswerToken(f, h, answer.Bytes(), route.Token)
}

// unseen says why nobody may be asked: pip and uv, which ask for the user name as well, keep what is said to themselves until
// it is over. Where they run at a terminal, the question stands there.
func unseen(f *cli.Factory, in keyring.Input) string {
	if !in.Creds || term.IsTerminal(f.Err.Out) {
		return ""
	}
	if _, err := f.Err.Terminal(); err != nil {
		return "what runs keyring hides the question; " + err.Error()
	}
	return ""
}
