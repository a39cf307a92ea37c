package managed

import (
	"bytes"
	"context"
	"crypto/sha1" // what Service Fabric names its certificate by
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// The limits of a call. A machine that is not in Azure is known by the first.
const (
	probeLimit   = time.Second
	requestLimit = 15 * time.Second
	patience     = 10 * time.Second // with a service that asks to wait
)

// call asks a place for one token.
type call struct {
	Source
	place    place
	id       identity
	resource string
	query    url.Values
	client   *http.Client
}

// reply is a whole answer.
type reply struct {
	status int
	header http.Header
	body   []byte
	at     time.Time
}

// call makes the call for a token. Errors: *Error.
func (s Source) call(p place, id identity, resource string) (call, error) {
	c := call{Source: s, place: p, id: id, resource: resource, query: p.endpoint.Query(), client: s.client(p, requestLimit)}
	maps.Copy(c.query, p.more)
	if p.version != "" {
		c.query.Set("api-version", p.version)
	}
	if !p.form {
		c.query.Set("resource", resource)
	}
	parameter, known := p.ids[id.kind]
	switch {
	case known:
		c.query.Set(parameter, id.value)
	case !id.own() && len(p.ids) == 0:
		return c, unable(fmt.Sprintf("%s has one identity, and no request can choose another (%s)", p.name, id),
			"Leave --client-id, --identity-object-id and --identity-resource-id out (and AZURE_CLIENT_ID).")
	case !id.own():
		return c, unable(fmt.Sprintf("%s takes no %s ID", p.name, id.kind), "Name the identity by its client ID: --client-id ID")
	}
	return c, nil
}

func (s Source) client(p place, limit time.Duration) *http.Client {
	o := https.Options{Hosts: []string{p.endpoint.Host}, Near: true, JSON: limit == requestLimit, Trace: s.Trace, Limit: limit}
	if p.pin != nil {
		o.TLS = pinned(p.pin)
	}
	return o.Client()
}

// pinned trusts the one certificate that has a thumbprint.
func pinned(pin []byte) *tls.Config {
	return &tls.Config{
		InsecureSkipVerify: true, // the certificate signs itself, and VerifyConnection knows it
		VerifyConnection: func(state tls.ConnectionState) error {
			sum := sha1.Sum(state.PeerCertificates[0].Raw)
			if subtle.ConstantTimeCompare(sum[:], pin) != 1 {
				return x509.UnknownAuthorityError{Cert: state.PeerCertificates[0]}
			}
			return nil
		},
	}
}

// ask returns the answer that has the token.
func (c call) ask(ctx context.Context) (reply, error) {
	if c.place.imds {
		if err := c.probe(ctx); err != nil {
			return reply{}, err
		}
	}
	rep, err := c.try(ctx, "")
	if err == nil && c.place.arc {
		rep, err = c.prove(ctx, rep)
	}
	if err != nil {
		return rep, c.describe(err)
	}
	if rep.status != http.StatusOK {
		return rep, c.refusal(rep)
	}
	return rep, nil
}

// probe finds out whether there is a metadata service, with a request that it refuses: it lacks a header. Any answer will
// do. Elsewhere the address leads nowhere, and packets that are sent there may be lost without a word.
func (c call) probe(ctx context.Context) error {
	probe := c
	probe.client = c.Source.client(c.place, probeLimit)
	probe.place.metadata, probe.query = false, nil
	_, err := probe.send(ctx, "")
	down, ok := errors.AsType[*https.NetworkError](err)
	switch {
	case !ok:
		return nil
	case c.place.imds:
		return c.nowhere(down)
	}
	return c.describe(down)
}

// nowhere says that this machine is none of Azure's.
func (c call) nowhere(err *https.NetworkError) error {
	return &Error{Kind: failure.Network, Err: err,
		What: fmt.Sprintf("no managed identity here: no variable names a service that has one, and none answers at %s: %v", c.place.endpoint.Host, err.Err),
		Advice: "Machines in Azure have one, and servers with Azure Arc's agent. Elsewhere sign in as an application (entralogin help machines), " +
			"or as a person: leave --login out."}
}

// try sends the request until it is answered for good: twice where nobody answers, and with growing pauses while the
// service is busy. https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token#retry-guidance
func (c call) try(ctx context.Context, authorization string) (reply, error) {
	pauses := []time.Duration{time.Second}
	if c.place.imds {
		pauses = []time.Duration{time.Second, 2 * time.Second, 4 * time.Second, 8 * time.Second}
	}
	for i := 0; ; i++ {
		rep, err := c.send(ctx, authorization)
		down, lost := errors.AsType[*https.NetworkError](err)
		busy := err == nil && c.place.busy(rep.status)
		if !busy && !lost || lost && (i > 0 || down.Obstacle.Lasting()) {
			return rep, err
		}
		asked, _ := https.RetryAfter(rep.header, rep.at)
		if busy && (i == len(pauses) || asked > patience) {
			return rep, &https.NetworkError{Host: c.place.endpoint.Host, Err: fmt.Errorf("it is busy, and has answered %d to each of %d requests", rep.status, i+1)}
		}
		pause := max(pauses[i], asked)
		c.explain("%s has no answer yet; asking again in %v", c.place.name, pause)
		if err := c.wait(ctx, pause); err != nil {
			return rep, err
		}
	}
}

// busy reports whether the same request may succeed in a while.
func (p place) busy(status int) bool {
	if p.imds && (status == http.StatusNotFound || status == http.StatusGone) {
		return true
	}
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500 && status != http.StatusNotImplemented
}

func (c call) wait(ctx context.Context, d time.Duration) error {
	if c.sleep != nil {
		return c.sleep(ctx, d)
	}
	return https.Sleep(ctx, d)
}

// send sends the request once.
func (c call) send(ctx context.Context, authorization string) (reply, error) {
	address := *c.place.endpoint
	address.RawQuery = c.query.Encode()
	method, body := http.MethodGet, io.Reader(nil)
	if c.place.form {
		method, body = http.MethodPost, strings.NewReader(url.Values{"resource": {c.resource}}.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, address.String(), body)
	if err != nil {
		return reply{}, errors.New("the request for a token can't be made")
	}
	if c.place.form {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if c.place.metadata {
		req.Header.Set("Metadata", "true")
	}
	if c.place.header != "" {
		req.Header.Set(c.place.header, c.place.secret.Reveal())
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err
		}
		if away, ok := errors.AsType[*https.RedirectError](err); ok && c.place.header != "" && strings.Contains(strings.ToLower(away.To), strings.ToLower(c.place.secret.Reveal())) {
			away.To = "[redacted]"
		}
		return reply{}, err
	}
	whole, _ := io.ReadAll(resp.Body) // which the client has read already
	return reply{resp.StatusCode, resp.Header, whole, c.time()}, nil
}

func (c call) time() time.Time {
	if c.now != nil {
		return c.now()
	}
	return time.Now()
}

// describe says in words which service could not be reached.
func (c call) describe(err error) error {
	down, ok := errors.AsType[*https.NetworkError](err)
	if !ok {
		return err
	}
	e := &Error{Kind: failure.Network, Err: err, What: fmt.Sprintf("%s (%s) gives no token: %v", c.place.name, text.Short(c.place.endpoint.Host, 100), down.Err),
		Advice: "Nothing is lost: run the command again in a while."}
	switch {
	case c.place.pin != nil && down.Obstacle == https.NotTrusted:
		e.Kind, e.What = failure.Answer, "the certificate of "+c.place.name+" is not the one that IDENTITY_SERVER_THUMBPRINT names: nothing was sent"
		e.Advice = leftOver
	case c.place.variable != "" && down.Obstacle != "":
		e.Advice = c.place.named()
	}
	return e
}

// named is the advice about a service that a variable names.
func (p place) named() string { return fmt.Sprintf("%s names it. %s", p.variable, leftOver) }

// senseless says what is wrong with an answer.
func (c call) senseless(what string) error {
	e := &Error{Kind: failure.Answer, What: fmt.Sprintf("the answer of %s (%s) %s", c.place.name, text.Short(c.place.endpoint.Host, 100), what),
		Advice: "Run the command again in a while. If that stays so, ask whoever manages the machine what answers there."}
	if c.place.variable != "" {
		e.Advice = c.place.named()
	}
	if c.place.arc {
		e.Advice += " " + askAgent
	}
	return e
}

// refusal says why a place gives no token: by the status, and by codes that are known here.
func (c call) refusal(rep reply) error {
	says := func(words ...string) bool {
		return slices.ContainsFunc(words, func(word string) bool { return bytes.Contains(rep.body, []byte(word)) })
	}
	e := &Error{Kind: failure.Refused}
	switch {
	case c.place.imds && rep.status == http.StatusForbidden && says("unreachable"): // Docker Desktop
		return c.nowhere(&https.NetworkError{Host: c.place.endpoint.Host, Err: errors.New("what answers there says that it is unreachable")})
	case rep.status == http.StatusBadRequest && says("AADSTS500011", "invalid_resource", "AudienceNotSupported"):
		e.What = fmt.Sprintf("%s gives no token for %s: it does not know that resource", c.place.name, text.Short(c.resource, 200))
		e.Advice = "Look at --server-id, --scope or --resource, and whether that application has a service principal in the tenant of the machine."
	case rep.status == http.StatusBadRequest, rep.status == http.StatusNotFound:
		e.What = fmt.Sprintf("%s has no token of %s: it is not assigned here (%d)", c.place.name, c.id, rep.status)
		e.Advice = "Whoever manages the machine assigns it: Identity in the portal, or az vm identity assign. Another one is named with --client-id ID or --identity-resource-id ID."
		if c.id.own() {
			e.What = fmt.Sprintf("%s has no token of the machine's own identity: there is none, or several that are assigned to it (%d)", c.place.name, rep.status)
		}
	case rep.status == http.StatusUnauthorized || rep.status == http.StatusForbidden:
		e.What = fmt.Sprintf("%s refuses a token to this program (%d)", c.place.name, rep.status)
		if e.Advice = "Ask whoever manages the machine whether this program may have one."; c.place.header != "" {
			e.Advice = "The secret beside " + c.place.variable + " is not taken. " + leftOver
		}
	default:
		return c.senseless(fmt.Sprintf("has the status %d and no token", rep.status))
	}
	return e
}
