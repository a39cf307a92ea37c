package kubecmd

import (
	"bytes"
	"cmp"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/url"

	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/cmd/entralogin/internal/cli"
	"github.com/entralogin/entralogin/plugin/config"
	"github.com/entralogin/entralogin/plugin/kube/kubeconfig"
	"github.com/entralogin/entralogin/plugin/text"
)

// place is a cluster that is written with its user, by itself and in a context of its own.
type place struct {
	server, ca string                    // as they were given
	clusters   map[string]map[string]any // what is to be written of it
	fresh      bool                      // the context is new
	chosen     bool                      // it becomes the current one, since there is none
}

func (p *place) addFlags(f *pflag.FlagSet) {
	f.StringVar(&p.server, "server", "", "`URL` of the API server: writes the cluster and the context, too")
	f.StringVar(&p.ca, "ca", "", "`file` with the CA of the cluster in PEM, for --server (default: the system's)")
}

// in takes the cluster and its context into files, as if they stood there already.
func (p *place) in(files *kubeconfig.Config, contexts []string, overwrite bool) error {
	switch {
	case p.server == "" && p.ca == "":
		return nil
	case p.server == "":
		return cli.Usagef("--ca is for --server")
	case len(contexts) != 1 || contexts[0] == "":
		return cli.Usagef("--server needs one --context, the name of what is written")
	}
	if u, err := url.Parse(p.server); err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || p.server != text.Clean(p.server) {
		return cli.Usagef("--server %s is no https address", quoted(text.HideUsers(p.server)))
	}
	ca, err := readCA(p.ca)
	if err != nil {
		return err
	}
	context, known := files.Context(contexts[0]), files.Contexts[contexts[0]] != nil
	if !known {
		context = kubeconfig.Context{LocationOfOrigin: kubeconfig.DefaultPath(files.Paths), Cluster: contexts[0]}
	}
	context.Cluster = cmp.Or(context.Cluster, contexts[0])
	old, there := files.Cluster(context.Cluster), files.Clusters[context.Cluster] != nil
	same := old.Server == p.server && bytes.Equal(old.CertificateAuthorityData, ca) && old.CertificateAuthority == "" && !old.InsecureSkipTLSVerify
	if there && !same && !overwrite {
		return &config.Error{Name: "the cluster " + quoted(context.Cluster), Origin: text.Short(old.LocationOfOrigin, 200), What: p.differs(old),
			Hint: "Give another --context, or replace it with --overwrite."}
	}
	p.fresh, p.chosen, p.clusters = !known, files.CurrentContext == "", map[string]map[string]any{}
	if !same {
		p.clusters[context.Cluster] = map[string]any{"server": p.server}
		if ca != nil {
			p.clusters[context.Cluster]["certificate-authority-data"] = base64.StdEncoding.EncodeToString(ca)
		}
	}
	if p.chosen {
		files.CurrentContext = contexts[0]
	}
	old.LocationOfOrigin, old.Server, old.InsecureSkipTLSVerify = cmp.Or(old.LocationOfOrigin, context.LocationOfOrigin), p.server, false
	old.CertificateAuthority, old.CertificateAuthorityData = "", ca
	files.Contexts[contexts[0]], files.Clusters[context.Cluster] = &context, &old
	return nil
}

// differs says how a cluster of the kubeconfig is another one.
func (p *place) differs(old kubeconfig.Cluster) string {
	switch {
	case old.Server != p.server:
		return "is another one already: " + text.URL(old.Server, 200)
	case old.InsecureSkipTLSVerify:
		return "has that address already, and takes any certificate (insecure-skip-tls-verify)"
	case old.CertificateAuthority != "":
		return "has that address already, and its CA in a file: " + text.Short(old.CertificateAuthority, 200)
	case p.ca == "":
		return "has that address already, and a CA of its own; --ca names none"
	}
	return "has that address already, and not the CA that --ca names"
}

// readCA reads certificates, nil if no file is named. Nothing else of the file is taken: beside a certificate its private
// key may stand.
func readCA(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	content, err := kubeconfig.Read(path)
	if err != nil {
		return nil, err
	}
	var ca []byte
	for block, rest := pem.Decode(content); block != nil; block, rest = pem.Decode(rest) {
		if block.Type != "CERTIFICATE" {
			continue
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return nil, &config.Error{Name: "--ca", What: text.Short(path, 200) + " holds a certificate that can't be read: " + text.Short(err.Error(), 160)}
		}
		ca = append(ca, pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes})...)
	}
	if ca == nil {
		return nil, &config.Error{Name: "--ca", What: text.Short(path, 200) + " holds no certificate in PEM"}
	}
	return ca, nil
}
