package azcmd

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"os"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/azcli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/text"
)

// The flags of rest are those of the Azure CLI: https://learn.microsoft.com/cli/azure/reference-index#az-rest
const (
	address    = "url"
	body       = "body"
	headers    = "headers"
	parameters = "uri-parameters"
	outputFile = "output-file"
	skipToken  = "skip-authorization-header"
)

// restCall is what the flags of rest say.
type restCall struct {
	common   *commonFlags
	in       azcli.RestInput
	resource string
	skip     bool
	file     string

	subscription string // that {subscriptionId} stands for; "" for the one that counts
}

func newAzRest(f *cli.Factory, common *commonFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "rest",
		Short: "Make a request of an Azure service",
		Long: `Rest makes one request with a token of this sign-in, and prints the JSON that
comes back. The token goes over https alone, to hosts that take tokens of its
resource alone, and no redirect is followed.`,
		Args: cli.NoArguments,
	}
	call := &restCall{common: common}
	flags := cmd.Flags()
	flags.StringVarP(&call.in.Method, "method", "m", "get", "HTTP `method`")
	flags.StringVarP(&call.in.URL, address, "u", "", "https `address`, or a path of Azure Resource Manager; also --uri")
	flags.StringVarP(&call.in.Body, body, "b", "", "`text` to send, JSON or other; @FILE reads it, @- from standard input")
	flags.StringArrayVar(&call.in.Headers, headers, nil, "`KEY=VALUE` or JSON, several with spaces between")
	flags.StringArrayVar(&call.in.Parameters, parameters, nil, "`KEY=VALUE` or JSON of the query; also --url-parameters")
	flags.StringVar(&call.resource, azcli.Resource, "", "`resource` of the token, where the host does not say it")
	flags.StringVar(&call.subscription, subscription, "", "name or ID of the `subscription` that {subscriptionId} in the address stands for")
	flags.BoolVar(&call.skip, skipToken, false, "send no token")
	flags.StringVar(&call.file, outputFile, "", "`file` for the answer, as it comes")
	common.flags(flags)
	cli.HoldsText(flags, body, headers, parameters) // JSON, often
	cli.HoldsSecret(flags, address)                 // a query may have one
	flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		switch name {
		case "uri":
			name = address
		case "url-parameters":
			name = parameters
		}
		return pflag.NormalizedName(name)
	})
	cmd.RunE = func(cmd *cobra.Command, _ []string) error { return call.run(cmd.Context(), f) }
	return cmd
}

// Words gives each word its flag where one flag takes several, as headers of rest do.
func Words(args []string) []string {
	if len(args) == 0 || args[0] != "rest" {
		return args
	}
	var words []string
	for i := 0; i < len(args); i++ {
		words = append(words, args[i])
		if !slices.Contains([]string{"--" + headers, "--" + parameters, "--url-parameters"}, args[i]) {
			continue
		}
		flag, first := args[i], len(words)-1
		for ; i+1 < len(args) && !strings.HasPrefix(args[i+1], "-"); i++ {
			words = append(words, flag+"="+args[i+1])
		}
		if len(words)-1 > first {
			words = slices.Delete(words, first, first+1)
		}
	}
	return words
}

// run makes the request, and answers with what comes back.
func (c *restCall) run(ctx context.Context, f *cli.Factory) error {
	c.common.apply(f)
	if c.in.URL == "" {
		return cli.Usagef("the following arguments are required: --url/--uri/-u")
	}
	if err := c.load(f); err != nil {
		return err
	}
	token := &tokenCall{common: c.common, asker: "a program that runs az rest"}
	target, asked, err := c.settle(ctx, f, token)
	if err != nil {
		return err
	}
	sender, err := newSender(f, target.Authority, asked, c.file)
	if err != nil {
		return err
	}
	if c.sendsToken(asked) {
		if err := sender.authorize(ctx, f, token, target); err != nil {
			return err
		}
	}
	return sender.answer(ctx, f, c.common)
}

// sendsToken reports whether a token of ours is sent: none is where the caller has one.
func (c *restCall) sendsToken(asked azcli.Rest) bool {
	return !c.skip && asked.Header.Get("Authorization") == ""
}

// settle settles what is asked of whom, and what token is for. As with the Azure CLI a subscription in an address of Azure
// Resource Manager decides of which tenant the token is.
func (c *restCall) settle(ctx context.Context, f *cli.Factory, token *tokenCall) (target config.Target, asked azcli.Rest, err error) {
	const common = "{subscriptionId}"
	if strings.Contains(c.in.URL, common) {
		found, _, err := findAccount(ctx, f, c.subscription, c.common.program)
		if err != nil {
			return target, asked, err
		}
		c.in.URL = strings.ReplaceAll(c.in.URL, common, found.ID)
	}
	if target, err = c.target(ctx, f, token); err != nil {
		return target, asked, err
	}
	cloud, err := cloudOf(target, azcli.Asked{})
	if err != nil {
		return target, asked, err
	}
	named, _ := authority.Cloud(cloud)
	c.in.ARM = cmp.Or(target.Authority.ResourceManager, named.ResourceManager)
	if asked, err = c.in.Read(); err != nil || !c.sendsToken(asked) {
		return target, asked, asUsage(err)
	}
	if token.in.Resource, err = c.resourceAt(target.Authority, cloud, asked.URL.Host); err != nil {
		return target, asked, err
	}
	if token.subscription = asked.Subscription(); token.subscription != "" && c.in.ARM == "https://"+asked.URL.Host {
		target, err = c.target(ctx, f, token)
	}
	return target, asked, err
}

// target is whom token is of.
func (c *restCall) target(ctx context.Context, f *cli.Factory, token *tokenCall) (config.Target, error) {
	call, _, err := token.meant(ctx, f)
	if err != nil {
		return config.Target{}, err
	}
	return f.Resolve(call)
}

// resourceAt is the resource of the token for a host, which has to be one that takes its tokens.
func (c *restCall) resourceAt(a authority.Authority, cloud, host string) (string, error) {
	const instead = "; \"az account get-access-token --resource RESOURCE\" has a token to send with curl, and --" + skipToken + " sends none"
	switch known := a.ResourceAt(host, cloud); {
	case c.resource == "" && strings.HasPrefix(c.in.URL, "/"):
		return "", nil // of Azure Resource Manager, as for a token without further words
	case c.resource == "" && known == "":
		return "", refuseToken("which resource's tokens %s takes is not known here: give its own address as --resource if it is one"+instead, text.Short(host, 100))
	case c.resource == "":
		return known, nil
	case !a.TakesTokenOf(c.resource, host, cloud):
		return "", refuseToken("%s is not known to take tokens of %s, and gets none"+instead, text.Short(host, 100), text.Short(c.resource, 100))
	}
	return c.resource, nil
}

// load reads what an @ names: the whole body, a word of headers or parameters, or the value of one. As with the Azure
// CLI a word with an @ that names no file is taken as it is, but a body that is missing is not sent.
func (c *restCall) load(f *cli.Factory) error {
	var err error
	if name, ok := strings.CutPrefix(c.in.Body, "@"); ok && name != "" {
		if c.in.Body, err = loadFile(f, name); err != nil {
			return cli.Usagef("--%s: %s %w", body, text.Short(name, 200), err)
		}
	}
	for _, words := range [][]string{c.in.Headers, c.in.Parameters} {
		for i, word := range words {
			key, name, ok := strings.Cut(word, "@")
			if !ok || name == "" || key != "" && strings.Index(key, "=") != len(key)-1 {
				continue
			}
			if content, err := loadFile(f, name); err == nil {
				words[i] = key + content
			}
		}
	}
	return nil
}

// mostBody is the largest body that is sent.
const mostBody = 64 << 20

// loadFile reads a text, of standard input for "-", without line ends at its end.
func loadFile(f *cli.Factory, name string) (string, error) {
	in := f.In
	if name != "-" {
		file, err := os.Open(cli.FromHome(name, f.Getenv))
		if err != nil {
			return "", cli.Usagef("can't be read (%s)", text.SystemWords(err))
		}
		defer file.Close()
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, mostBody+1))
	switch {
	case err != nil:
		return "", cli.Usagef("can't be read (%s)", text.SystemWords(err))
	case len(data) > mostBody:
		return "", cli.Usagef("is larger than %d MiB: send it with curl", mostBody>>20)
	}
	content, ok := decode(data)
	if !ok {
		return "", cli.Usagef("is no text, and az rest sends text alone: send it with curl")
	}
	return strings.TrimRight(content, "\r\n"), nil
}

// decode reads UTF-8, or UTF-16 with its mark, which PowerShell writes.
func decode(data []byte) (string, bool) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if little := bytes.HasPrefix(data, []byte("\xff\xfe")); (little || bytes.HasPrefix(data, []byte("\xfe\xff"))) && len(data)%2 == 0 {
		var units []uint16
		for i := 2; i < len(data); i += 2 {
			unit := uint16(data[i])<<8 | uint16(data[i+1])
			if little {
				unit = unit<<8 | unit>>8
			}
			units = append(units, unit)
		}
		return string(utf16.Decode(units)), true
	}
	return string(data), utf8.Valid(data)
}
