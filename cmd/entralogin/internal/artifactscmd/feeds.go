package artifactscmd

import (
	"context"
	"fmt"

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
	h.Token, err = h.Tokens.Token(ctx, h.Request)
	return h, err
}
