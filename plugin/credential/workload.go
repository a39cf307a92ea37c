package credential

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/url"
	"path/filepath"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/text"
)

// workload is the source of a pod whose service account an application trusts. Its token file is mounted into the pod:
// https://azure.github.io/azure-workload-identity/docs/
type workload struct{ Call }

func workloadIdentity(c Call) plugin.Source { return workload{c} }

func (w workload) Token(ctx context.Context, r plugin.Request, s cache.Session) (plugin.Grant, error) {
	var err error
	if w.Service, err = w.throughProxy(); err != nil {
		return plugin.Grant{}, err
	}
	return federated{w.Call, serviceAccountAssertion}.Token(ctx, r, s)
}

func serviceAccountAssertion(_ context.Context, c Call) (assertion, error) {
	path, origin := c.Target.Get(config.AssertionFile)
	if path == "" {
		return assertion{}, &plugin.MachineError{What: "AZURE_FEDERATED_TOKEN_FILE is not set: nothing has mounted the token of a service account into this pod",
			Hint: `Label the pod azure.workload.identity/use: "true", and annotate its service account with azure.workload.identity/client-id; or name the file: --` + config.AssertionFile + " FILE"}
	}
	return c.fileAssertion(path, origin)
}

// The variables of AKS's identity bindings, as its webhook sets them:
// https://learn.microsoft.com/azure/aks/identity-bindings-concepts
const (
	tokenProxy = "AZURE_KUBERNETES_TOKEN_PROXY" // the address of the proxy
	proxyName  = "AZURE_KUBERNETES_SNI_NAME"    // of its certificate
	proxyFile  = "AZURE_KUBERNETES_CA_FILE"     // its CA
	proxyCA    = "AZURE_KUBERNETES_CA_DATA"     // the same as PEM
)

const proxyHint = "The webhook of AKS's identity bindings sets the variables AZURE_KUBERNETES_*: have it do so, or unset all of them."

// throughProxy is the service, or the one behind the token proxy where there is one.
func (w workload) throughProxy() (*entra.Service, error) {
	address, name, file, data := w.Getenv(tokenProxy), w.Getenv(proxyName), w.Getenv(proxyFile), w.Getenv(proxyCA)
	switch {
	case address == "" && name == "" && file == "" && data == "":
		return w.Service, nil
	case address == "":
		return nil, &plugin.MachineError{What: tokenProxy + " is not set, though others of the token proxy are (" + proxyName + ", " + proxyFile + ", " + proxyCA + ")", Hint: proxyHint}
	case file != "" && data != "":
		return nil, &plugin.MachineError{What: proxyFile + " and " + proxyCA + " are both set: which CA is the proxy's?", Hint: proxyHint}
	}
	proxy, err := url.Parse(address)
	if err != nil || proxy.Scheme != "https" || proxy.Host == "" || proxy.User != nil || proxy.RawQuery != "" || proxy.Fragment != "" {
		return nil, &plugin.MachineError{What: tokenProxy + " is no address https://HOST of a proxy", Hint: proxyHint}
	}
	roots, err := proxyRoots(file, data)
	if err != nil {
		return nil, err
	}
	w.explain("tokens are asked for at the proxy %s (%s)", text.Redact(proxy.Host, 100), tokenProxy)
	through := &entra.TokenProxy{URL: proxy, TLS: &tls.Config{ServerName: name, RootCAs: roots}}
	return &entra.Service{Authority: w.Service.Authority, Proxy: through, Trace: w.Service.Trace, Note: w.Service.Note, Now: w.Service.Now}, nil
}

// proxyRoots is the CA of the proxy alone where one is named, else nil for the system's.
func proxyRoots(file, data string) (*x509.CertPool, error) {
	pem, from := []byte(data), proxyCA
	if file != "" {
		var err error
		from = proxyFile
		if !filepath.IsAbs(file) {
			return nil, &plugin.MachineError{What: proxyFile + " has no absolute path", Hint: proxyHint}
		}
		if pem, err = text.ReadUserFile(file); err != nil {
			return nil, &plugin.MachineError{What: "the file of " + proxyFile + ", " + err.Error(), Hint: proxyHint, Err: err}
		}
	} else if data == "" {
		return nil, nil
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, &plugin.MachineError{What: from + " holds no certificate (PEM)", Hint: proxyHint}
	}
	return roots, nil
}
