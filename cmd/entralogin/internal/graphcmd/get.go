package graphcmd

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/graph"
	"github.com/entralogin/entralogin/plugin/text"
)

// newGet makes the command graph get.
func newGet(f *cli.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "get PATH",
		Short: "Get what stands at a path of Microsoft Graph",
		Long: `Get shows what Microsoft Graph answers to a GET of PATH: "/me/memberOf", or
"beta/me" for another version than 1.0. A whole address, as Graph Explorer shows
it, is taken where its host is the Graph of this cloud.

Query options stand in PATH, in single quotes so that the shell leaves their $
alone, or in flags. Of a list Graph sends a page; --all gets the others, too: at
most 100 pages, 10,000 entries or 16 MiB. A page may have 1 MiB: --top makes
pages smaller.

The token has all Graph permissions that the application was granted; with
--scope, those that are named. JSON is as Graph sent it, in its order; a table
has the columns that --select names.

--config takes a parameters.json as "graph me" does, but for the path of its
endpoint.`,
		Example: `  entralogin graph get /me/memberOf --select displayName,id -o table
  entralogin graph get '/users?$top=5&$select=displayName' --all
  entralogin graph get users --filter "startswith(displayName,'A')"
  entralogin graph get users --query '$count=true' --query '$search="displayName:al"'
  entralogin graph get beta/me --scope User.Read`,
		Args: onePath,
	}
	flags := cmd.Flags()
	f.HandOverFlags(flags)
	all := flags.Bool("all", false, "of a list, get all pages")
	flags.String("select", "", "the `properties` to get: id,displayName")
	flags.String("filter", "", "the `condition` that entries have to meet")
	flags.String("expand", "", "the `relation` to get along with it: manager")
	flags.String("top", "", "the `number` of entries on a page")
	flags.StringArray("query", nil, "another query option, `NAME=VALUE`; may be given several times")
	flags.StringSlice(config.Scope, nil, "`scope` to ask with (default .default); may be given several times")
	format := cli.OutputFlag(flags, cli.JSON, cli.YAML, cli.Table)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		options, err := optionsOf(cmd.Flags())
		if err != nil {
			return err
		}
		return get(cmd.Context(), f, *format, args[0], options, *all)
	}
	return cmd
}

func onePath(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return cli.Usagef("%s needs a path, such as /me/memberOf", cmd.CommandPath())
	case 1:
		return nil
	}
	return cli.Usagef("%s takes one path, not %d: in quotes, if a space or an & is in it", cmd.CommandPath(), len(args))
}

// optionsOf are the query options that flags ask for.
func optionsOf(flags *pflag.FlagSet) ([]graph.Option, error) {
	var options []graph.Option
	for _, name := range []string{"select", "filter", "expand", "top"} {
		if value, err := flags.GetString(name); err == nil && value != "" {
			options = append(options, graph.Option{Name: "$" + name, Value: value})
		}
	}
	more, _ := flags.GetStringArray("query")
	for _, option := range more {
		name, value, named := strings.Cut(option, "=")
		if !named {
			return nil, cli.Usagef("--query takes NAME=VALUE, not %q", text.Short(option, 60))
		}
		options = append(options, graph.Option{Name: name, Value: value})
	}
	return options, nil
}

func get(ctx context.Context, f *cli.Factory, format cli.Format, asked string, options []graph.Option, all bool) error {
	sample, target, err := resolve(f)
	if err != nil {
		return err
	}
	origin, path, err := graph.ParsePath(asked, options, graphHosts(target.Authority))
	if err != nil {
		return err
	}
	endpoint := sample.Endpoint
	if origin != "" {
		endpoint = origin + path
	}
	q := newQuery(f, format)
	q.OnePage = !all
	if err := aim(f, q, target, endpoint); err != nil {
		return err
	}
	q.Path = path
	scopes, err := show(ctx, f, q, target, q.Origin+"/.default")
	return adviseMe(f, target.Request, advise(err, scopes, target.Request.Credential))
}

// adviseMe says in our words that /me is for people, and leaves other errors as they are.
func adviseMe(f *cli.Factory, r plugin.Request, err error) error {
	refused, ok := errors.AsType[*graph.Error](err)
	if !ok || !refused.NeedsPerson() {
		return err
	}
	return &cli.Advised{Kind: refused.Class(), What: err.Error() + ".", Err: err,
		Advice: []string{"An application has no profile: /me is that of a person. Name one: " + f.Explainer().CallCommand(r, "graph", "get", "/users/NAME")}}
}

// advise adds to a refusal of Graph what may help. scopes are those of the token, credential is what a machine got it with.
func advise(err error, scopes []string, credential string) error {
	refused, ok := errors.AsType[*graph.Error](err)
	if !ok {
		return err
	}
	const reference = "https://learn.microsoft.com/graph/permissions-reference"
	needed, _, _ := strings.Cut(refused.Needs, " ")
	asked := slices.ContainsFunc(scopes, func(s string) bool { return strings.HasSuffix(s, "/"+needed) })
	var advice []string
	switch {
	case refused.Status == http.StatusForbidden && credential != "": // scopes are a person's
		advice = []string{"Your administrator's turn: grant what signed in the permission that the path needs, as an application permission: " + reference}
	case refused.Status == http.StatusForbidden && needed != "" && !asked:
		advice = []string{"Run it again with --scope " + needed + ", which asks for that permission by name.",
			"If the application has not got it: entralogin help application says where to add it. An administrator may have to consent."}
	case refused.Status == http.StatusForbidden:
		advice = []string{"Graph's reference says which permission the path needs: --scope asks for one. Or your account itself may not read it: " + reference}
	case refused.Status == http.StatusBadRequest && strings.Contains(refused.Code, "UnsupportedQuery"):
		advice = []string{`Conditions with ne, not or endsWith, and those with an order, also need: --query '$count=true'`}
	default:
		return err
	}
	return &cli.Advised{Kind: refused.Class(), What: err.Error() + ".", Advice: advice, Err: err}
}
