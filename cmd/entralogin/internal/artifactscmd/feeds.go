package artifactscmd

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/calls"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/proc"
	"github.com/entralogin/entralogin/plugin/artifacts"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// findFeed is the feed at an address that somebody named. One that is none of ours, or names no organization, is an error:
// *cli.Advised.
func findFeed(address string) (artifacts.Feed, error) {
	feed := artifacts.Find(address)
	shown := text.Short(text.HideUsers(address), 200)
	switch {
	case feed.Why != "":
		return feed, &cli.Advised{Kind: failure.Usage, What: feed.Why + "."}
	case !feed.Ours:
		return feed, &cli.Advised{Kind: failure.Usage, What: fmt.Sprintf("%q is no feed of Azure Artifacts, so it gets no token.", shown),
			Advice: []string{"A feed is at https://" + artifacts.Host + "/ORGANIZATION or https://ORGANIZATION.pkgs.visualstudio.com."}}
	case feed.Organization == "":
		return feed, &cli.Advised{Kind: failure.Usage, What: fmt.Sprintf("%q names no organization of Azure DevOps.", shown),
			Advice: []string{"It is the first part of the path: https://" + artifacts.Host + "/ORGANIZATION."}}
	}
	return feed, nil
}

// whole is an address with its scheme, which a person may leave out.
func whole(address string) string {
	if strings.Contains(address, "://") {
		return address
	}
	return "https://" + address
}

// token gets the token for a feed. command is who asks. Errors: those of calls.Git.Source, and of plugin.Cached.
func token(ctx context.Context, f *cli.Factory, feed artifacts.Feed, command string) (cli.Handed, error) {
	call, err := calls.FindFeed(ctx, f, f.Flags, feed, command, "")
	if err != nil {
		return cli.Handed{}, err
	}
	for _, note := range call.Notes {
		f.Err.Warn(note)
	}
	call.BeforeWait = proc.UntilSignal
	h, err := call.Source(ctx, f)
	if err != nil {
		return h, err
	}
	h.Transient = feed.Secret // the words of the call would be kept
	h.Token, err = h.Tokens.Token(ctx, h.Request)
	return h, err
}

// long gets a token that is kept elsewhere, so one that lasts: what is in the last third of its life is renewed, where that
// asks nobody. Errors: those of token.
func long(ctx context.Context, f *cli.Factory, feed artifacts.Feed, command string) (cache.Token, error) {
	h, err := token(ctx, f, feed, command)
	if err != nil || !h.Token.Due(f.Now()) {
		return h.Token, err
	}
	newer := h.Request
	newer.Renew, newer.Unattended = true, "the stored token still serves"
	t, err := h.Tokens.Token(ctx, newer)
	if err != nil {
		f.Err.Explain("the token is not renewed: " + text.Short(err.Error(), 300))
		return h.Token, nil
	}
	return t, nil
}

// tokensOf gets the tokens for feeds, one for each organization, in the order of the feeds. Errors: those of long.
func tokensOf(ctx context.Context, f *cli.Factory, feeds []artifacts.Feed, command string) ([]cache.Token, error) {
	got := map[string]cache.Token{}
	all := make([]cache.Token, len(feeds))
	for i, feed := range feeds {
		t, ok := got[feed.Organization]
		if !ok {
			var err error
			if t, err = long(ctx, f, feed, command); err != nil {
				return nil, err
			}
			got[feed.Organization] = t
		}
		all[i] = t
	}
	return all, nil
}

// ours are the feeds among addresses that stand in files, which may be of anybody. What is ours and gets no token is said.
func ours(f *cli.Factory, addresses []string) (feeds []artifacts.Feed, at []int) {
	for i, address := range addresses {
		feed, err := findFeed(address)
		switch {
		case err == nil:
			feeds, at = append(feeds, feed), append(at, i)
		case feed.Ours || feed.Why != "":
			f.Err.Warn(strings.TrimSuffix(err.Error(), "."))
		}
	}
	return feeds, at
}

// here is the folder of the call. Errors: *cli.Advised.
func here() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", &cli.Advised{Kind: failure.Config, What: "the current folder can't be found: " + text.SystemWords(err) + "."}
	}
	return dir, nil
}

// none says that files name no feed.
func none(what, example string) error {
	return &cli.Advised{Kind: failure.Config, What: what + " names a feed of Azure Artifacts.", Advice: []string{"To name one: " + example}}
}

// lasting says when tokens end, the first of them.
func lasting(tokens []cache.Token, now time.Time) string {
	first := tokens[0].Expires
	for _, t := range tokens[1:] {
		if t.Expires.Before(first) {
			first = t.Expires
		}
	}
	return fmt.Sprintf("at %s, in %s", first.Local().Format("15:04"), text.Span(first.Sub(now)))
}
