package cli

import (
	"crypto/x509"
	"errors"
	"fmt"
	"os"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/git"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// network explains what stands between this machine and a service, whoever made the request. What a
// person refused, and what the service itself said, is explained elsewhere.
func (x Explainer) network(err error) []string {
	var refused *plugin.RefusedError
	var unattended *plugin.UnattendedError
	var service *entra.Error
	var down *https.NetworkError
	var answer *https.AnswerError
	switch {
	case errors.As(err, &refused), errors.As(err, &unattended), errors.As(err, &service):
		return nil
	case errors.As(err, &down) && down.Obstacle == https.ProxyUnfit:
		return []string{err.Error() + ".", adviceFor(down.Obstacle)}
	case errors.As(err, &down) && down.Obstacle == "":
		return []string{err.Error() + ". Nothing is lost: run the command again when it is back."}
	case errors.As(err, &down):
		lines := []string{err.Error() + ". Nothing is lost.", adviceFor(down.Obstacle)}
		if down.Obstacle == https.NotTrusted {
			lines = append(lines, x.certFileLines()...)
		}
		return lines
	case errors.As(err, &answer) && answer.Page:
		return []string{err.Error() + ".", adviceFor(https.SignInPage)}
	}
	return describeRedirect(err)
}

// describeRedirect explains an answer that leads elsewhere. Of Graph it is refused, for that one may well
// send a caller on.
func describeRedirect(err error) []string {
	var foreign *https.ForeignLinkError
	var redirect *https.RedirectError
	var tenant *git.TenantError // Azure DevOps sends browsers to the sign-in page
	if !errors.As(err, &redirect) || errors.As(err, &tenant) {
		return nil
	}
	const looks = " It looks like the sign-in page of a network."
	what := err.Error() + "; redirects are not followed, since the request carries secrets." + looks
	if errors.As(err, &foreign) {
		what = err.Error() + "." + looks
	}
	return []string{what, adviceFor(https.SignInPage)}
}

// adviceFor says whose turn it is.
func adviceFor(o https.Obstacle) string {
	const more = "entralogin help network"
	const reach = "Is the network up, and does it need a VPN? Where only a proxy leads out, it has to stand in HTTPS_PROXY (" + more + "). Then run the command again."
	return map[https.Obstacle]string{
		https.NoName:     reach,
		https.NoListener: reach,
		https.NoAnswer:   reach,
		https.NoTLS:      "Something else than the service answers there: a proxy, or the sign-in page of a network. Open any page in a browser, then run the command again.",
		https.NotTrusted: "If your organization has a proxy that opens TLS, get its CA certificate from whoever runs it and name the file in SSL_CERT_FILE, " +
			"or as ca-file of the authority (" + more + "). If it has none, somebody may be reading along: ask before you go on.",
		https.OtherName:  "Something else than the service answers there: the sign-in page of a network, or a proxy. Open any page in a browser, then run the command again.",
		https.OutOfDate:  "Set this machine's clock if it is wrong. If it is right, whoever the issuer belongs to has to renew the certificate.",
		https.SignInPage: "Open any page in a browser and sign in to the network there, then run the command again. Nothing is lost.",
		https.ProxyUnfit: "Write it as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, with each character of user name and password " +
			"that is no letter and no digit as %XX: @ is %40, # is %23 (" + more + ").",
		https.ProxyGone: "Look at HTTPS_PROXY. Is the network up in which the proxy is? A host that needs none belongs into NO_PROXY (" + more + ").",
		https.ProxyLogin: "Give user name and password in HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT. Basic is the one way that is known here; " +
			"for others, run a proxy of your own that knows them (" + more + ").",
		https.ProxyBars: "Ask whoever runs the proxy to let the host through. A host that needs no proxy belongs into NO_PROXY (" + more + ").",
		https.ProxyLost: "Run the command again in a while, or ask whoever runs the proxy. A host that needs no proxy belongs into NO_PROXY (" + more + ").",
	}[o]
}

// certFileLines says what is wrong with the file in SSL_CERT_FILE, which is passed over in silence.
func (x Explainer) certFileLines() []string {
	path := x.Getenv("SSL_CERT_FILE")
	if path == "" {
		return nil
	}
	content, err := os.ReadFile(path)
	switch {
	case err != nil:
		return []string{fmt.Sprintf("SSL_CERT_FILE names %s, which can't be read.", text.Short(path, 200))}
	case !x509.NewCertPool().AppendCertsFromPEM(content):
		return []string{fmt.Sprintf("SSL_CERT_FILE names %s, which holds no certificate (PEM).", text.Short(path, 200))}
	}
	return nil
}
