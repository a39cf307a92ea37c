package broker

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	strictjson "sigs.k8s.io/json"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/entra"
	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// longestReply bounds what is read: an account is below a kilobyte, and a token below 20.
const longestReply = 1 << 20

// object is a JSON object.
type object map[string]json.RawMessage

func nonsense(what string) error { return &Error{What: "answers " + what, class: failure.Answer} }

// parse takes one JSON object in which no name stands twice. Errors show nothing of it.
func parse(reply string) (object, error) {
	var o object
	if len(reply) > longestReply {
		return nil, nonsense("with more than a mebibyte")
	}
	if twice, err := strictjson.UnmarshalStrict([]byte(reply), &o); err != nil || len(twice) > 0 || o == nil {
		return nil, nonsense("with something that is no JSON object")
	}
	return o, nil
}

// text is the string that goes by a name, or the number as it is written, "" if it is neither.
func (o object) text(name string) string {
	var s string
	var n json.Number
	if json.Unmarshal(o[name], &s) == nil {
		return s
	}
	if json.Unmarshal(o[name], &n) == nil {
		return n.String()
	}
	return ""
}

// inner is the object that goes by a name, be it written as one or as a text with one in it; nil if there is none.
func (o object) inner(name string) object {
	raw := string(o[name])
	if s := o.text(name); strings.HasPrefix(s, "{") {
		raw = s
	}
	in, err := parse(raw)
	if err != nil {
		return nil
	}
	return in
}

// unwrap leaves the wrappings of an answer, of which newer brokers have more than older ones, until one of the names
// is there.
func (o object) unwrap(names ...string) object {
	for range 4 {
		for _, name := range names {
			if raw, ok := o[name]; ok && string(raw) != "null" {
				return o
			}
		}
		next := object(nil)
		for _, name := range []string{"brokerTokenResponse", "response", "result"} {
			if in := o.inner(name); in != nil {
				next = in
				break
			}
		}
		if next == nil {
			return o
		}
		o = next
	}
	return o
}

// readAccounts reads an answer of getAccounts. A record that names nobody is passed over.
func (b Broker) readAccounts(o object) ([]account, error) {
	o = o.unwrap("error", "accounts")
	if err := b.refusal(o, "", false); err != nil {
		return nil, err
	}
	var records []json.RawMessage
	if raw, ok := o["accounts"]; ok && json.Unmarshal(raw, &records) != nil {
		return nil, nonsense("with accounts that make no sense")
	}
	var accounts []account
	for _, raw := range records {
		r, err := parse(string(raw))
		if err != nil {
			continue
		}
		a := account{raw: raw, homeID: r.text("homeAccountId"), username: r.text("username"), realm: r.text("realm")}
		if a.homeID != "" || a.username != "" {
			accounts = append(accounts, a)
		}
	}
	return accounts, nil
}

func (b Broker) readRemoved(o object) error { return b.refusal(o.unwrap("error"), "", true) }

// read reads an answer with a token. person says that a person was asked for it.
func (b Broker) read(o object, person bool) (entra.Brought, error) {
	o = o.unwrap("error", "accessToken")
	if err := b.refusal(o, b.Authority.Host, person); err != nil {
		return entra.Brought{}, err
	}
	if kind := o.text("accessTokenType"); kind != "" && kind != "0" && !strings.EqualFold(kind, "bearer") {
		return entra.Brought{}, nonsense("with a token that is no bearer token")
	}
	if o.text("accessToken") == "" {
		return entra.Brought{}, nonsense("without a token")
	}
	brought := entra.Brought{By: "the identity broker", Holder: Name, Person: person,
		Access: cache.NewSecret(o.text("accessToken")), ID: cache.NewSecret(o.text("idToken")),
		ClientInfo: o.text("clientInfo"), Scope: o.text("grantedScopes")}
	if a := o.inner("account"); a != nil {
		brought.HomeID, brought.Username = a.text("homeAccountId"), a.text("username")
	}
	life, err := b.life(o, brought.Access)
	brought.Life = life
	return brought, err
}

// life is how long a token lives. expiresOn is in milliseconds; himmelblau adds the seconds of a life to milliseconds,
// and so has a token end in a moment. Then the token itself is asked.
func (b Broker) life(o object, token cache.Secret) (time.Duration, error) {
	ms, err := strconv.ParseFloat(o.text("expiresOn"), 64)
	if err != nil || math.IsNaN(ms) || ms < 1 || ms > 253402300799e3 { // the end of the year 9999
		return 0, nonsense("without saying when the token ends")
	}
	life := time.UnixMilli(int64(ms)).Sub(b.now())
	if c, err := claims.Read(token); life < time.Minute && err == nil && !c.Expires.IsZero() {
		life = c.Expires.Sub(b.now())
	}
	if life < time.Second {
		return 0, nonsense("with a token that has ended")
	}
	return life, nil
}

// What the broker's status says, as Microsoft's runtime numbers it:
// https://learn.microsoft.com/dotnet/api/microsoft.identity.client.nativeinterop.responsestatus
const (
	interactionRequired = "2"
	noNetwork           = "3"
	networkDown         = "4"
	serverDown          = "5"
	userCanceled        = "7"
	applicationCanceled = "8"
	badConfiguration    = "9"
)

// refusal is the error in an answer, nil if there is none. It is a text, an OAuth error, or an object whose context
// has the words and whose status sorts them. host is where the broker wanted to go.
func (b Broker) refusal(o object, host string, person bool) error {
	raw, ok := o["error"]
	if !ok || string(raw) == "null" {
		return nil
	}
	e, status := map[string]string{}, ""
	if in := o.inner("error"); in != nil {
		status = in.text("status")
		e = fields(in)
	} else {
		e["error"], e["error_description"] = o.text("error"), o.text("error_description")
		e["suberror"] = o.text("suberror")
	}
	return b.sorted(e, status, host, person)
}

// fields are what an error object tells, by the names of an OAuth error.
func fields(in object) map[string]string {
	e := map[string]string{"error": in.text("error"), "error_description": in.text("error_description"), "suberror": in.text("suberror")}
	context := in.text("context")
	for label, name := range map[string]string{"Code": "error", "description": "error_description", "suberror": "suberror", "correlation id": "correlation_id"} {
		_, after, _ := strings.Cut(context, label+": '")
		value, _, ok := strings.Cut(after, "'")
		if ok && e[name] == "" && value != "(pii)" { // which is how the broker blackens what may name a person
			e[name] = value
		}
	}
	for _, words := range []string{context, in.text("message"), in.text("errorMessage")} {
		if e["error_description"] == "" && !isCode(e["error"]) {
			e["error_description"] = words
		}
	}
	return e
}

// isCode reports whether s looks like an error code of OAuth: "invalid_grant".
func isCode(s string) bool {
	return len(s) > 2 && len(s) <= 60 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == "" && strings.Contains(s, "_")
}

// sorted makes the error that callers know of an error of the broker.
func (b Broker) sorted(e map[string]string, status, host string, person bool) error {
	why := text.Redact(e["error_description"], 300)
	if why == "" {
		why = text.Redact(e["error"], 100)
	}
	switch {
	case status == userCanceled:
		return &plugin.RefusedError{Reason: plugin.Declined, Text: "the sign-in was declined: the window of the identity broker was closed"}
	case status == applicationCanceled:
		return &plugin.RefusedError{Reason: plugin.Cancelled, Text: "the identity broker broke the sign-in off"}
	case host != "" && (status == noNetwork || status == networkDown || status == serverDown):
		return &https.NetworkError{Host: host, Err: fmt.Errorf("by the identity broker: %s", why)}
	case isCode(e["error"]):
		return b.Refusal(e, person)
	case strings.Contains(e["error_description"], "AADSTS"):
		e["error"] = "invalid_request"
		if status == interactionRequired {
			e["error"] = "interaction_required"
		}
		return b.Refusal(e, person)
	case status == interactionRequired && !person:
		return &plugin.InteractionRequiredError{Err: errors.New("the identity broker wants to see somebody: " + why)}
	case status == badConfiguration:
		why += "; does the application have the redirect URI " + RedirectURI + "?"
	}
	if status != "" {
		why += fmt.Sprintf(" (status %s)", text.Redact(status, 20))
	}
	return &Error{What: "refuses: " + why, class: failure.Refused}
}
