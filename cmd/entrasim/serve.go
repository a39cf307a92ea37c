package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/entralogin/entralogin/plugin/entra/entratest"
)

// serveFlags are the flags of serve.
type serveFlags struct {
	addr     string
	dir      string
	user     string
	after    time.Duration
	proxy    bool
	machines bool
	registry bool
	codes    string // how device codes are refused, "" for not
	browsers string // likewise
	settings entratest.Settings
}

func serveCommand() *cobra.Command {
	f := serveFlags{settings: entratest.DefaultSettings()}
	interval := int(f.settings.Interval / time.Second)
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the simulator until it is interrupted",
		Long: `Run the simulator until it is interrupted.

Its folder gets ca.pem, the certificate that clients have to trust, and config.yaml, a
configuration for entralogin that points at it; and daemon, a folder with what an
application signs in with: a secret, a certificate (PEM and, without a password, PFX)
and another service's assertion. It prints what to type in another terminal, a cluster
for kubectl included. Sign in on the page that the prompt names, or let --user do it. A
browser warns of the simulator's certificate, which it cannot know.

It has subscriptions of Azure: Alice sees five of them, among them two of one name and one
of another tenant, Bob and the daemon one, Carol others in each of her tenants, Dana none.

--block-device-code makes the tenant of that configuration refuse device codes, and
--block-browser browsers, as Conditional Access does: by an AADSTS number such as 53003
(a policy), 530035 (security defaults), 50097, 53000, 53001, 50127 (the device) or, for
device codes, 7000218 (no public client). Behind a colon may stand where the refusal comes.
Of a device code that is "token", when the person has entered it, or "request", when the
program asks for one. Of a browser it is "page", which the program never hears of,
"redirect", or "token", when the program redeems the browser's code.

--machines also starts what stands in for the places where programs sign in without a
person, such as App Service, Azure Arc and GitHub Actions, and prints what they find in
their environment there. The metadata service of virtual machines has no variable that
all programs read: it listens at its own address where loopback has that, which is so
after "ip address add 169.254.169.254/32 dev lo". Programs read Azure Arc's keys in
/var/opt/azcmagent/tokens alone, which is used if it is there and no agent is.

--registry adds the container registry contoso.azurecr.io and the organization contoso of
Azure DevOps, and runs the proxy through which they have these names. Both know who has
signed in, and there is nothing in them: no image, no package.`,
		Example: `  entrasim serve --dir /tmp/sim --user alice
  entrasim serve --block-device-code 53003
  entrasim serve --block-device-code 50097:request --block-browser 53003:redirect`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if interval < 0 {
				return usageError{errors.New("--interval is negative")}
			}
			f.proxy = f.proxy || f.registry
			f.settings.Interval = time.Duration(interval) * time.Second
			return serve(cmd, f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.addr, "addr", "127.0.0.1:8443", "loopback `address` to listen on; port 0 is a free one")
	flags.StringVar(&f.dir, "dir", "", "`folder` for ca.pem, config.yaml and daemon (default: a temporary one, removed at the end)")
	flags.StringVar(&f.user, "user", "", "approve every sign-in as this `person`, such as alice")
	flags.DurationVar(&f.after, "after", 0, "with --user: approve when the code is this old")
	flags.BoolVar(&f.proxy, "proxy", false, "also run an HTTP proxy that leads login.microsoftonline.com here, for programs that insist on asking there")
	flags.BoolVar(&f.machines, "machines", false, "also stand in for the endpoints of managed identities, of CI systems and of a cluster")
	flags.BoolVar(&f.registry, "registry", false, "also be a registry and an organization of Azure DevOps, behind the proxy")
	flags.StringVar(&f.codes, "block-device-code", "", "refuse device codes with this AADSTS `number[:place]`, as Conditional Access does")
	flags.StringVar(&f.browsers, "block-browser", "", "refuse browsers with this AADSTS `number[:place]`, likewise")
	flags.IntVar(&interval, "interval", interval, "`seconds` between polls that the device code answer states")
	flags.DurationVar(&f.settings.CodeLife, "code-life", f.settings.CodeLife, "life of a device code")
	flags.DurationVar(&f.settings.TokenLife, "token-life", f.settings.TokenLife, "life of access and ID tokens")
	flags.BoolVar(&f.settings.RotateStrict, "rotate-strict", false, "revoke a sign-in when a refresh token is used twice")
	flags.BoolVar(&f.settings.EnforceInterval, "enforce-interval", false, "answer slow_down to polls that come too early")
	return cmd
}

// check looks at what the flags say before anything is done.
func (f serveFlags) check() error {
	host, _, err := net.SplitHostPort(f.addr)
	if err != nil {
		return fmt.Errorf("--addr: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("--addr %q: only a loopback address such as 127.0.0.1:8443 will do, for the simulator believes everybody", f.addr)
	}
	if f.settings.CodeLife <= 0 || f.settings.TokenLife <= 0 || f.after < 0 {
		return errors.New("a duration must be positive")
	}
	if _, err := f.blocks(); err != nil {
		return err
	}
	if f.user != "" && entratest.HomeAccountID(f.user) == "" {
		return fmt.Errorf("--user %q: no such person; try alice, bob, carol, dana or erin", f.user)
	}
	return nil
}

// blocks are what the tenant refuses.
func (f serveFlags) blocks() (blocks []entratest.Block, err error) {
	for _, flag := range []struct{ name, way, value string }{
		{"--block-device-code", entratest.ByDeviceCode, f.codes}, {"--block-browser", entratest.ByBrowser, f.browsers},
	} {
		if flag.value == "" {
			continue
		}
		number, place, _ := strings.Cut(flag.value, ":")
		b := entratest.Block{Way: flag.way, At: cmp.Or(place, entratest.BlockPlaces(flag.way)[0])}
		if b.AADSTS, err = strconv.Atoi(number); err != nil || b.AADSTS <= 0 {
			return nil, fmt.Errorf("%s %q: no number such as 53003", flag.name, flag.value)
		}
		if places := entratest.BlockPlaces(flag.way); !slices.Contains(places, b.At) {
			return nil, fmt.Errorf("%s %q: it can be refused at %s only", flag.name, flag.value, strings.Join(places, " or "))
		}
		blocks = append(blocks, b)
	}
	return blocks, nil
}

// block has the simulator refuse what it is to refuse, and says so.
func (f serveFlags) block(s *entratest.Server) (said string, err error) {
	blocks, _ := f.blocks() // which were checked
	for _, b := range blocks {
		if err := s.Block(b); err != nil {
			return "", err
		}
		said += fmt.Sprintf("refused      %s, with AADSTS%d (%s)\n", b.Way, b.AADSTS, b.At)
	}
	return said, nil
}

func serve(cmd *cobra.Command, f serveFlags) error {
	if err := f.check(); err != nil {
		return usageError{err}
	}
	f.settings.IDTokenLife = f.settings.TokenLife
	dir, remove, err := folder(f.dir)
	if err != nil {
		return err
	}
	defer remove()
	options := []entratest.Option{entratest.WithAddr(f.addr), entratest.WithSubscriptions(entratest.Subscriptions()...)}
	if f.proxy {
		options = append(options, entratest.WithProxy())
	}
	s, err := entratest.Start(options...)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: is another simulator running? --addr 127.0.0.1:0 takes a free port", err)
	}
	if err != nil {
		return err
	}
	defer s.Close()
	s.Set(func(o *entratest.Settings) { *o = f.settings })
	if f.user != "" {
		s.AutoApprove(f.user, f.after)
	}
	if f.registry {
		addRegistry(s)
	}
	refused, err := f.block(s)
	if err != nil {
		return err
	}
	if err := errors.Join(writeFiles(s, dir), writeDaemon(s, dir)); err != nil {
		return err
	}
	places, err := f.startMachines(s, dir)
	if err != nil {
		return err
	}
	defer closeAll(places)
	out := cmd.OutOrStdout()
	fmt.Fprintf(out, "listening on %s\nsign in at   %s/devicelogin\nfolder       %s\n", s.URL, s.URL, dir)
	if f.proxy {
		fmt.Fprintf(out, "proxy        %s\n", s.ProxyURL)
	}
	fmt.Fprintf(out, "%s\nIn another terminal:\n\n%s%s%s%s", refused, typeAlong(s.URL, dir), asDaemon(dir), f.typeRegistry(s, dir), typeMachines(places, filepath.Join(dir, "ca.pem")))
	<-cmd.Context().Done()
	return nil
}

// typeAlong is what a person types to use the simulator: it is the sign-in service, Graph and a cluster.
func typeAlong(url, dir string) string {
	in := func(name string) string { return quote(filepath.Join(dir, name)) }
	return fmt.Sprintf(`export ENTRALOGIN_CONFIG=%s
export ENTRALOGIN_CACHE_DIR=%s
export KUBECONFIG=%s
entralogin graph me --manager
entralogin kubeconfig add --aks \
  --context sim --server %s \
  --ca %s
kubectl auth whoami
ln -sf "$(command -v entralogin)" %s
%s account list -o table
`, in("config.yaml"), in("cache"), in("kubeconfig"), url, in("ca.pem"), in("az"), in("az"))
}

// quote makes one word of a POSIX shell of a text.
func quote(text string) string {
	plain := func(r rune) bool {
		return r < 'a' && !strings.ContainsRune("/._-+:,@%ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", r) || r > 'z'
	}
	if text != "" && !strings.ContainsFunc(text, plain) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// folder makes the folder, or a temporary one that remove removes.
func folder(dir string) (path string, remove func(), err error) {
	if dir == "" {
		dir, err = os.MkdirTemp("", "entrasim-")
		return dir, func() { os.RemoveAll(dir) }, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", nil, err
	}
	path, err = filepath.Abs(dir)
	return path, func() {}, err
}

// writeFiles writes what a client needs to find and trust the simulator.
func writeFiles(s *entratest.Server, dir string) error {
	ca := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(ca, s.CertPEM(), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(azureText(s, ca)), 0o600)
}

// configText is a configuration of entralogin that points at the simulator.
func configText(s *entratest.Server, ca string) string {
	return fmt.Sprintf(`authorities:
  - host: %s
    ca-file: %q
    graph: %s
authority-host: %s
tenant-id: %s
client-id: %s
`, s.Host, ca, s.URL, s.URL, entratest.TenantContoso, entratest.ClientID)
}

// azureText is one with which entralogin can be run as az, too.
func azureText(s *entratest.Server, ca string) string {
	graph := "    graph: " + s.URL + "\n"
	return strings.Replace(configText(s, ca), graph, graph+"    resource-manager: "+s.URL+"\n", 1) +
		"environment: AzurePublicCloud # whose resources az means\n"
}
