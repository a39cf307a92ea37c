package git

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/entralogin/entralogin/cache"
)

// Input is what git tells a helper, as far as it matters here: password_expiry_utc, oauth_refresh_token,
// ephemeral and state[] are looked at by no operation. Its text is as it came, but has no control
// characters; Path is data and never decoded.
type Input struct {
	Protocol string // "https"
	Host     string // with the port, if the URL has one
	Path     string // without the slash in front; "" unless useHttpPath is set
	Username string

	Password cache.Secret // for store and erase

	AuthType   string       // for store and erase: "Bearer"
	Credential cache.Secret // for store and erase, with AuthType

	WWWAuth      []string // WWW-Authenticate headers of the answer that git got
	Capabilities []string // that git has: "authtype", "state"
}

// Offers reports whether git has a capability.
func (in Input) Offers(capability string) bool { return slices.Contains(in.Capabilities, capability) }

// Account is the user name in the URL, if it names an account, or "". The clone URLs of Azure DevOps have the
// organisation's name there, which is no account: an account's name has an "@", and no organisation's has.
func (in Input) Account() string {
	if name, domain, ok := strings.Cut(in.Username, "@"); ok && name != "" && domain != "" {
		return in.Username
	}
	return ""
}

// Refuses reports whether an erase with this input is about t: the very token that was refused. An erase
// of an older token, of somebody else's password, or without any, is about none of ours. It is what
// cache.Store.RemoveTokens asks for.
func (in Input) Refuses(_ cache.Key, t cache.Token) bool {
	refused := in.Password
	if !in.Credential.IsZero() {
		if !strings.EqualFold(in.AuthType, "Bearer") {
			return false
		}
		refused = in.Credential
	}
	return !refused.IsZero() && refused.Equal(t.Value)
}

// Bounds of the input. "A line, including the trailing newline, may not exceed 65535 bytes":
// https://git-scm.com/docs/git-credential#IOFMT
const (
	maxLine  = 65534 // bytes, without the newline
	maxInput = 1 << 20
)

// InputError says what is wrong with the input. Nothing of it is shown but the names of attributes.
type InputError struct{ What string }

func (e *InputError) Error() string { return "the input, which git writes, " + e.What }

// ReadInput reads a credential description up to its blank line or the end of in, whichever comes first.
// It is stricter than git where input would be read as something that it is not: a control character, or an
// attribute that stands there twice with two values. Attributes that are not known are ignored.
//
// Errors are *InputError, and those of in.
func ReadInput(in io.Reader) (Input, error) {
	lines := bufio.NewReaderSize(in, maxLine+1) // full without a newline: the line is too long
	p := parser{seen: map[string]bool{}}
	size := 0
	for n := 1; ; n++ {
		raw, err := lines.ReadSlice('\n')
		switch {
		case err == nil:
			raw = raw[:len(raw)-1]
		case err == bufio.ErrBufferFull:
			return Input{}, &InputError{fmt.Sprintf("has a line (%d) of more than %d bytes", n, maxLine)}
		case err != io.EOF:
			return Input{}, fmt.Errorf("reading what git writes: %w", err)
		}
		if size += len(raw) + 1; size > maxInput {
			return Input{}, &InputError{fmt.Sprintf("is larger than %d KiB", maxInput>>10)}
		}
		if len(raw) == 0 {
			return p.in, nil
		}
		if what := p.line(string(raw)); what != "" {
			return Input{}, &InputError{fmt.Sprintf("has a line (%d) %s", n, what)}
		}
		if err == io.EOF {
			return p.in, nil
		}
	}
}

// parser takes one line after the other. seen are the attributes that stood there already.
type parser struct {
	in   Input
	seen map[string]bool
}

// line takes an attribute and says what is wrong with it, "" if nothing is.
func (p *parser) line(line string) string {
	key, value, ok := strings.Cut(line, "=")
	if !ok {
		return `without "="`
	}
	if key == "wwwauth[]" {
		// A tab may stand between the parts of a header: https://www.rfc-editor.org/rfc/rfc9110#section-5.5
		value = strings.ReplaceAll(value, "\t", " ")
	}
	if hasControl(key) || hasControl(value) {
		return "with a control character"
	}
	switch key {
	case "url":
		return p.url(value)
	case "wwwauth[]":
		p.in.WWWAuth = list(p.in.WWWAuth, value)
	case "capability[]":
		p.in.Capabilities = list(p.in.Capabilities, value)
	default:
		return p.set(key, value)
	}
	return ""
}

// set sets an attribute that is known. To set it twice is harmless only if both say the same.
func (p *parser) set(key, value string) string {
	word := map[string]*string{"protocol": &p.in.Protocol, "host": &p.in.Host, "path": &p.in.Path, "username": &p.in.Username, "authtype": &p.in.AuthType}[key]
	secret := map[string]*cache.Secret{"password": &p.in.Password, "credential": &p.in.Credential}[key]
	hidden := cache.NewSecret(value)
	switch {
	case word == nil && secret == nil:
		return ""
	case key == "host" && strings.Contains(value, "@"):
		return "with a user name in the host"
	case key == "host" && p.seen[key] && sameHost(*word, value):
		return ""
	case p.seen[key] && (word != nil && *word != value || secret != nil && !secret.Equal(hidden)):
		return fmt.Sprintf("that gives %s a second value", key)
	}
	p.seen[key] = true
	if word != nil {
		*word = value
	} else {
		*secret = hidden
	}
	return ""
}

// list adds to a multi-valued attribute. "An empty multi-valued attribute (key[]=\n) acts to clear any
// previous entries and reset the list."
func list(values []string, value string) []string {
	if value == "" {
		return nil
	}
	return append(values, value)
}

// hasControl reports whether s has a control character, be it of ASCII or of Latin-1 in UTF-8.
func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }
