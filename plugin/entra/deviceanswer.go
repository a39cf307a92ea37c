package entra

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/entralogin/entralogin/cache"
	"github.com/entralogin/entralogin/plugin/authority"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// longestCode is how long a code is waited for, whatever the service says. Entra's live 15 minutes.
const longestCode = time.Hour

// deviceCode is a checked answer of the device authorization endpoint.
type deviceCode struct {
	secret   cache.Secret
	user     string
	page     string
	expires  time.Time
	interval time.Duration
}

// requestCode asks for a device code and returns MSAL's view of the answer.
func (x *exchange) requestCode(ctx context.Context, c call) ([]byte, error) {
	rep, err := x.try(ctx, c)
	if err != nil {
		return nil, err
	}
	code, err := parseDeviceCode(rep, x.service.Authority)
	if err != nil {
		return nil, &https.AnswerError{Host: x.host, What: err.Error()}
	}
	x.code = code
	return code.view(), nil
}

// parseDeviceCode checks a device authorization response
// (https://www.rfc-editor.org/rfc/rfc8628#section-3.2) before a person sees any of it. The service's
// message is left alone: it could say anything.
func parseDeviceCode(rep reply, a authority.Authority) (deviceCode, error) {
	o, err := parseObject(rep.body)
	if err != nil {
		return deviceCode{}, errNoJSON
	}
	var code deviceCode
	secret, _ := o.text("device_code")
	if !authority.IsVisible(secret) {
		return deviceCode{}, errors.New("has no device code, or a malformed one")
	}
	code.secret = cache.NewSecret(secret)
	if code.user, _ = o.text("user_code"); !saneUserCode(code.user) {
		return deviceCode{}, errors.New("has no code for the person, or a malformed one")
	}
	if code.page, err = verificationPage(o, a); err != nil {
		return deviceCode{}, err
	}
	seconds, ok := o.number("expires_in")
	if !ok || seconds < 1 || seconds > longestSeconds {
		return deviceCode{}, errors.New("does not say how long the code lives, or something impossible")
	}
	code.expires = rep.at.Add(min(duration(seconds), longestCode))
	code.interval = defaultInterval
	if seconds, ok := o.number("interval"); ok {
		code.interval = duration(min(max(seconds, leastInterval.Seconds()), mostInterval.Seconds()))
	}
	return code, nil
}

// saneUserCode reports whether s can be shown and typed: 4 to 32 letters, digits and hyphens of ASCII, at least
// one of them no hyphen. https://www.rfc-editor.org/rfc/rfc8628#section-6.1 recommends fewer.
func saneUserCode(s string) bool {
	if len(s) < 4 || len(s) > 32 || strings.Trim(s, "-") == "" {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r != '-' && !text.IsAlphanumeric(r) })
}

// verificationPage returns the page on which the person enters the code, if it is https on a host that
// belongs to the authority: whoever controls that page gets the sign-in.
func verificationPage(o object, a authority.Authority) (string, error) {
	page, _ := o.text("verification_uri")
	u, err := url.Parse(page)
	if err != nil || !authority.IsVisible(page) || len(page) > 200 || u.Scheme != "https" || u.User != nil || u.Host == "" {
		return "", errors.New("names no page on which the code could be entered, or no https address")
	}
	if !sameHost(u, a.Host) && !slices.ContainsFunc(a.Verification, func(h string) bool { return sameHost(u, h) }) {
		return "", errors.New("would send the person to the host " + text.Redact(u.Host, 100) +
			", which does not belong to the authority")
	}
	return page, nil
}

// view is what MSAL gets to see. It sets a deadline of its own to the code's life and reports that like
// any other; so it hears of a longer life, and the end is the exchange's business.
func (c deviceCode) view() []byte {
	return marshal(map[string]any{
		"device_code":      c.secret.Reveal(),
		"user_code":        c.user,
		"verification_uri": c.page,
		"expires_in":       int((longestCode + 24*time.Hour).Seconds()),
		"interval":         int(c.interval.Seconds()),
	})
}

// longestSeconds is the longest span in an answer that is believed to be one: ten years.
const longestSeconds = 10 * 365 * 24 * 3600

func duration(seconds float64) time.Duration { return time.Duration(seconds * float64(time.Second)) }
