package azcmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cache/route"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/cmd/entralogin/internal/term"
	"github.com/entralogin/entralogin/plugin/azcli"
	"github.com/entralogin/entralogin/plugin/text"
)

const query = "query"

// commonFlags are those that all commands of the Azure CLI have.
type commonFlags struct {
	style      azcli.Style
	onlyErrors bool
	debug      bool
	verbose    bool // of az alone; here it counts, as for all commands
	program    bool // a program runs az
}

func (c *commonFlags) flags(f *pflag.FlagSet) {
	f.VarP((*formatFlag)(&c.style), azcli.Output, "o", "`format`: "+strings.Join(azcli.Formats(), ", ")+" (default json)")
	f.Var((*queryFlag)(&c.style), query, "`JMESPath` expression that says what of the answer is printed")
	f.BoolVar(&c.onlyErrors, "only-show-errors", false, "no warnings")
	f.BoolVar(&c.debug, "debug", false, "say what is decided, and each request")
}

// formatFlag and queryFlag read their flags at once, as the Azure CLI does: a query that is none is no reason to ask
// anybody for anything.
type (
	formatFlag azcli.Style
	queryFlag  azcli.Style
)

func (f *formatFlag) Set(name string) (err error) {
	f.Format, err = azcli.Format(name)
	return err
}
func (f *formatFlag) String() string { return f.Format }
func (f *formatFlag) Type() string   { return azcli.Output }

func (f *queryFlag) Set(expression string) (err error) {
	f.Query, err = azcli.ParseQuery(expression)
	return err
}
func (f *queryFlag) String() string { return f.Query.String() }
func (f *queryFlag) Type() string   { return query }

// apply settles how much is said. Some SDKs take what az writes on standard error for a part of its answer, and
// look there for words, also when it succeeded: so az says nothing that it was not told to.
func (c *commonFlags) apply(f *cli.Factory) {
	switch {
	case c.debug:
		f.Err.Verbose = max(f.Err.Verbose, 2)
	case c.verbose:
		f.Err.Verbose = max(f.Err.Verbose, 1)
	}
	f.Err.Quiet = f.Err.Verbose == 0 && (c.program || c.onlyErrors)
}

// Unabbreviate writes out the flags that begin like one flag of the command alone: the Azure CLI takes --out, as programs
// write it, for --output. Errors: *cli.UsageError, in the words of the Azure CLI.
func Unabbreviate(root *cobra.Command, args []string) ([]string, error) {
	cmd, _, err := root.Find(args)
	if err != nil {
		return args, nil // which is said elsewhere
	}
	args = slices.Clone(args)
	for i, arg := range args {
		short, _, _ := strings.Cut(arg, "=")
		if short == "--" {
			break
		}
		var fits []string
		add := func(f *pflag.Flag) {
			if full := "--" + f.Name; strings.HasPrefix(full, short) && full != "--help" {
				fits = append(fits, full)
			}
		}
		if name, ok := strings.CutPrefix(short, "--"); ok && cmd.Flag(name) == nil {
			cmd.LocalFlags().VisitAll(add)
			cmd.InheritedFlags().VisitAll(add)
		}
		switch {
		case len(fits) == 1:
			args[i] = fits[0] + arg[len(short):]
		case len(fits) > 1:
			return nil, cli.Usagef("ambiguous option: %s could match %s", text.Short(arg, 40), strings.Join(fits, ", "))
		}
	}
	if cmd.Name() == "get-access-token" {
		args = withoutScope(args)
	}
	return args, nil
}

// withoutScope leaves out a --scope that no value follows: to the Azure CLI that is as if there were none.
func withoutScope(args []string) []string {
	for i := len(args) - 1; i >= 0; i-- {
		if args[i] == "--"+azcli.Scope && (i+1 == len(args) || strings.HasPrefix(args[i+1], "-")) {
			args = slices.Delete(args, i, i+1)
		}
	}
	return args
}

// answer prints any value that JSON has, as the Azure CLI would: see azcli.Style.Write.
func answer(f *cli.Factory, common *commonFlags, value any) error {
	content, err := common.style.Write(value)
	if err != nil {
		return err
	}
	return answerForeign(f, content)
}

// answerForeign prints what others wrote. A program gets it as it is, as from the Azure CLI; a terminal without the
// characters that would change how the rest is read.
func answerForeign(f *cli.Factory, content []byte) error {
	if term.IsTerminal(f.Out) {
		return f.AnswerText(text.CleanLines(string(content)))
	}
	return f.Answer(content)
}

// answerToken prints a token. The answer to the next call like this one is put together of its parts where the query, if
// there is one, does no more than to choose them: what it makes of a token is not to be kept.
func answerToken(f *cli.Factory, common *commonFlags, h cli.Handed, subscription string) error {
	content, err := common.style.Write(azcli.TokenOf(h.Token, subscription, tenantOf(h.Token, h.Request.Tenant)))
	if err != nil {
		return err
	}
	names, chosen := common.style.Query.Names()
	h.Transient = !chosen || common.style.Format == "table" // whose lines are as long as the token
	var slots []route.Slot
	for _, part := range []struct {
		name string
		slot route.Slot
	}{{"accessToken", route.Token}, {"expiresOn", route.UntilLocal}, {"expires_on", route.UntilUnix}} {
		if names == nil || names[part.name] {
			slots = append(slots, part.slot)
		}
	}
	return cli.AnswerToken(f, h, content, slots...)
}
