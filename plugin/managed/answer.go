package managed

import (
	"cmp"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	strictjson "sigs.k8s.io/json"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/failure"
)

// answer is a checked answer.
type answer struct {
	token cache.Secret
	life  time.Duration // from when it was received

	client, object, resource string // whose it is, where the answer says so
}

// longest is a life that no token has.
const longest = 10 * 365 * 24 * time.Hour

// parse checks an answer. Errors show nothing of it.
func parse(rep reply) (answer, error) {
	var o map[string]any
	if twice, err := strictjson.UnmarshalStrict(rep.body, &o); err != nil || len(twice) > 0 || o == nil {
		return answer{}, errors.New("is no JSON object")
	}
	word := func(name string) string { s, _ := o[name].(string); return s }
	if kind, said := o["token_type"]; said && !strings.EqualFold(word("token_type"), "Bearer") && kind != nil {
		return answer{}, errors.New("has a token that is no bearer token")
	}
	if !authority.IsVisible(word("access_token")) {
		return answer{}, errors.New("has no access token, or a malformed one")
	}
	a := answer{token: cache.NewSecret(word("access_token")), client: word("client_id"), object: word("object_id"),
		resource: cmp.Or(word("msi_res_id"), word("mi_res_id"))}
	var ok bool
	a.life, ok = life(o["expires_in"], o["expires_on"], clock(rep))
	switch {
	case !ok || a.life > longest:
		return answer{}, errors.New("does not say how long the token lives, or something impossible")
	case a.life <= 0:
		return answer{}, errors.New("has a token that has ended already")
	}
	return a, nil
}

// clock is the time by which the service counts: a machine's own may be wrong.
func clock(rep reply) time.Time {
	if date, err := http.ParseTime(rep.header.Get("Date")); err == nil {
		return date
	}
	return rep.at
}

// life is how long a token lives, by what an answer says of it in two ways: the shorter one counts, since a service that
// keeps its tokens for a day may go on to say what a token had when it was new. Numbers may be text.
func life(in, on any, now time.Time) (d time.Duration, ok bool) {
	d = math.MaxInt64
	if seconds, is := number(in); is {
		d, ok = span(seconds), true
	}
	if end, is := instant(on); is {
		d, ok = min(d, end.Sub(now)), true
	}
	return d, ok
}

func span(seconds float64) time.Duration {
	if seconds > longest.Seconds() {
		return math.MaxInt64
	}
	return time.Duration(max(seconds, 0) * float64(time.Second))
}

func number(v any) (n float64, ok bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case string:
		n, err := strconv.ParseFloat(v, 64)
		return n, err == nil && !math.IsNaN(n)
	}
	return 0, false
}

// instant reads seconds since 1970, or a date as App Service's API of 2017 writes it.
func instant(v any) (t time.Time, ok bool) {
	if n, is := number(v); is {
		return time.Unix(int64(min(max(n, 0), 1e12)), 0), true
	}
	s, _ := v.(string)
	for _, layout := range []string{"1/2/2006 3:04:05 PM -07:00", "1/2/2006 15:04:05 -07:00", "01/02/2006 15:04:05", time.DateTime, time.RFC3339Nano} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return t, false
}

// confirm refuses a token of another identity than was asked for. Azure Arc's agents of old pass over which one it was
// and give the machine's own, so there the answer has to name it.
func (c call) confirm(a answer) error {
	said := map[string]string{"client": a.client, "object": a.object, "resource": a.resource}[c.id.kind]
	switch {
	case c.id.own(), strings.EqualFold(said, c.id.value), said == "" && !c.place.arc:
		return nil
	case c.place.arc:
		return &Error{Kind: failure.Refused, What: "Azure Arc's agent does not confirm that its token is of " + c.id.String() + ", and may have given the machine's own",
			Advice: "An agent of old knows the machine's own identity alone: bring it up to date, or leave the ID out."}
	}
	return &Error{Kind: failure.Answer, What: c.place.name + " gives a token of another identity than " + c.id.String(),
		Advice: "Nothing was kept. Look at which identities are assigned to the machine."}
}
