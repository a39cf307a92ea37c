package kubeconfig

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/entralogin/entralogin/plugin/authority"
)

// azureFlags are those of Azure/kubelogin's get-token, with what becomes of them beside a word of --login.
// https://azure.github.io/kubelogin/cli/get-token.html
func azureFlags(login string) flagSet {
	const (
		place  = "tokens lie in one cache for all programs"
		method = "for another way to sign in"
	)
	s := flagSet{
		"login":          {short: "l"},
		"tenant-id":      {short: "t"},
		"client-id":      {},
		"server-id":      {},
		"environment":    {short: "e"},
		"authority-host": {},
		"login-hint":     {},

		"disable-environment-override": {alone: true},
		"disable-instance-discovery":   {alone: true},
		"use-azurerm-env-vars":         {alone: true},
		"logtostderr":                  {alone: true},
		"pop-enabled":                  {alone: true},
		"pop-claims":                   {},
		"v":                            {short: "v", lost: "entralogin has a -v of its own"},

		"token-cache-dir": {lost: place},
		"cache-dir":       {lost: place},
		"timeout":         {lost: "entralogin has bounds of its own"},
		"legacy":          {alone: true, lost: "kubelogin heeds it with devicecode and spn alone"},
	}
	for name, of := range map[string]string{"redirect-url": "interactive", "subscription": "azurecli", "username": "ropc", "password": "ropc",
		"client-secret": "spn", "client-certificate": "spn", "client-certificate-password": "spn", "identity-resource-id": "msi",
		"federated-token-file": "workloadidentity", "azure-pipelines-service-connection-id": "azurepipelines"} {
		switch secret := isSecretName(name); {
		case login == of:
			s[name] = flag{}
		case name == "password":
			s[name] = flag{refused: "it is for --login ropc, and would be lost", do: "take it out of the entry, and convert it then"}
		case secret:
			s[name] = flag{refused: "its secret is for --login " + of + ", and would be lost", do: "take it out of the entry, or have the entry say --login " + of + ", and convert it then"}
		default:
			s[name] = flag{lost: method}
		}
	}
	sub := s["subscription"]
	sub.short = "s"
	s["subscription"] = sub
	switch {
	case login == "devicecode" || login == "spn":
		s["legacy"] = flag{alone: true, refused: "entralogin has no tokens for the audience spn:SERVER_ID", do: "if the cluster takes others by now: " + anew}
	case isMachine(login) && login != "spn":
		const none = "kubelogin makes no such tokens with this --login"
		s["pop-enabled"], s["pop-claims"] = flag{alone: true, lost: none}, flag{lost: none}
	}
	return s
}

// readAzure reads an entry of Azure/kubelogin.
func (c Converter) readAzure(e Exec) (draft, error) {
	d := draft{from: "Azure/kubelogin"}
	g, err := azureFlags("").parse(e.Args)
	if err != nil {
		return d, err
	}
	if err := onlyGetToken(g.words); err != nil {
		return d, err
	}
	login := loginOf(e.Env, g)
	known, err := judgeLogin(login)
	if known {
		d.from += ", " + login
	}
	if err != nil {
		return d, err
	}
	env := readEnv(e.Env, login, g.on("use-azurerm-env-vars"))
	if !g.on("disable-environment-override") {
		for name, value := range env.set {
			g.values[name] = []string{value}
		}
	}
	if !isMachine(login) {
		d.cache, d.beside = g.apart("token-cache-dir", "cache-dir")
	}
	if login == "interactive" {
		d.login = "browser"
		d.takeRedirect(g)
	}
	lost, err := azureFlags(login).judge(g)
	if err == nil {
		err = d.takeProof(login, g)
	}
	if err != nil {
		return d, err
	}
	d.tenant, d.client, d.server = g.last("tenant-id"), g.last("client-id"), g.last("server-id")
	d.account, d.env = g.last("login-hint"), env.kept
	host, environment := g.last("authority-host"), g.last("environment")
	program := login == "azurecli" || login == "azd"
	if program && c.Given.Tenant != "" {
		d.notes = append(d.notes, programs()[login]+"; entralogin signs in itself")
		if environment = cmp.Or(environment, c.Given.Environment); c.Given.Client == "" && strings.EqualFold(d.server, authority.AKSServer) {
			d.client = cmp.Or(d.client, authority.AKSClient)
		}
	} else if isMachine(login) {
		if err := d.takeMachine(login, g, env); err != nil {
			return d, err
		}
	}
	// Without a word of it a program has its own service, a machine's own identity asks none, and a pod or job has
	// AZURE_AUTHORITY_HOST, which a flag would beat. Else it is the config's.
	if !isMachine(login) || login == "spn" || host+environment != "" {
		if d.host, err = c.azureHost(host, environment); err != nil {
			return d, err
		}
	}
	d.notes = append(append(d.notes, lost...), env.notes...)
	return d, nil
}

// takeRedirect takes the port of --redirect-url.
func (d *draft) takeRedirect(g given) {
	address := g.last("redirect-url")
	delete(g.values, "redirect-url")
	port, more, err := RedirectPort(address)
	switch {
	case err != nil:
		d.notes = append(d.notes, "dropped --redirect-url: "+err.Error())
	case more:
		d.notes = append(d.notes, "dropped all of --redirect-url but the port: the redirect URI is http://localhost, as it was with kubelogin")
	}
	d.port = port
}

// RedirectPort is the port of Azure/kubelogin's --redirect-url, "" for a free one. more says that the address has another
// host than localhost, or a path, which never counted: MSAL listens on localhost, and sends http://localhost:PORT.
// https://github.com/AzureAD/microsoft-authentication-library-for-go/blob/v1.10.1/apps/internal/local/server.go
func RedirectPort(address string) (port string, more bool, err error) {
	if address == "" {
		return "", false, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return "", false, errors.New("it is no address")
	}
	plain := url.URL{Scheme: "http", Host: u.Host}
	more = u.Hostname() != "localhost" || strings.TrimSuffix(address, "/") != plain.String()
	if port = u.Port(); port == "" || port == "0" {
		return "", more, nil
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", false, errors.New("its port is none")
	}
	return port, more, nil
}

// onlyGetToken checks the words of a command line that are no flags.
func onlyGetToken(words []string) error {
	switch {
	case len(words) == 0 || words[0] != "get-token":
		return errors.New("it doesn't run get-token")
	case len(words) > 1:
		return errors.New("it has an argument that belongs to no flag")
	}
	return nil
}

// azureHost is the sign-in service that an entry means. Kubelogin takes a cloud that it doesn't know for
// the public one; nothing is guessed here.
func (c Converter) azureHost(address, environment string) (string, error) {
	if address != "" {
		host, path, err := splitAddress(address)
		if err != nil || strings.Trim(path, "/") != "" {
			return "", errors.New("its authority host is no https address of a host")
		}
		if !c.trusts(host) {
			return "", reason{fmt.Sprintf("its authority host is %s, which is none of the Microsoft clouds and not in your config", host), trust}
		}
		return host, nil
	}
	if strings.EqualFold(environment, "AzurePublic") {
		environment = ""
	}
	if cloud, ok := authority.Cloud(cmp.Or(environment, "AzurePublicCloud")); ok {
		return cloud.Host, nil
	}
	for _, gone := range []string{"AzureGermanCloud", "AzureStackCloud"} {
		if strings.EqualFold(gone, environment) {
			return "", fmt.Errorf("its cloud is %s, which entralogin doesn't have", gone)
		}
	}
	return "", errors.New("its cloud (environment) is none that is known")
}

func (c Converter) trusts(host string) bool {
	_, ok := cloudAt(host)
	return ok || slices.Contains(c.Hosts, host)
}

// cloudAt is the cloud of Microsoft's whose sign-in service the host is.
func cloudAt(host string) (authority.Authority, bool) {
	clouds := authority.Clouds()
	i := slices.IndexFunc(clouds, func(a authority.Authority) bool { return a.Host == host })
	if i < 0 {
		return authority.Authority{}, false
	}
	return clouds[i], true
}

// splitAddress returns the path of an https address and its host, with the port if that is not 443.
func splitAddress(address string) (host, path string, err error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || !isHost(u.Host) {
		return "", "", errors.New("is no https address")
	}
	return strings.TrimSuffix(strings.ToLower(u.Host), ":443"), u.Path, nil
}

func isHost(host string) bool {
	return len(host) <= 253 && !strings.ContainsFunc(host, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-.:[]", r)
	})
}
