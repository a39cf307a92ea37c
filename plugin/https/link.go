package https

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// ForeignLinkError says that a service points to an address of another host: a redirect, or the next page of
// a list. It is not followed, since the request would carry the token there.
type ForeignLinkError struct {
	Host string
	To   string // clean host of the address; "" if it has none
	Err  error  // a *RedirectError, or nil if it is a list that goes on there
}

func (e *ForeignLinkError) Error() string {
	what := "its list goes on"
	if e.Err != nil {
		what = "its answer is"
	}
	return fmt.Sprintf("%s says that %s at another address (host %q), where the token must not go", e.Host, what, e.To)
}

// Class is refused.
func (e *ForeignLinkError) Class() failure.Class { return failure.Refused }
func (e *ForeignLinkError) Unwrap() error        { return e.Err }

// NextPage checks the address of a list's next page: it has to be of the list's origin, since the token goes there. Errors
// are *ForeignLinkError.
func NextPage(origin *url.URL, address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, &ForeignLinkError{Host: origin.Host}
	}
	if u.Scheme != "https" || !strings.EqualFold(u.Host, origin.Host) || u.User != nil {
		return nil, &ForeignLinkError{Host: origin.Host, To: text.Redact(u.Host, 100)}
	}
	return u, nil
}

// WithoutAddress takes off what http.Client puts around an error: the whole address with its query. A redirect is a
// *ForeignLinkError.
func WithoutAddress(u *url.URL, err error) error {
	if redirect, ok := errors.AsType[*RedirectError](err); ok {
		return &ForeignLinkError{Host: u.Host, To: redirect.To, Err: err}
	}
	if outer, ok := errors.AsType[*url.Error](err); ok {
		return outer.Err
	}
	return err
}
