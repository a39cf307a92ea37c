package entra

import (
	"context"
	"net/http"
	"time"

	"github.com/entralogin/entralogin/plugin/authority"
)

// SetSleep replaces the waits of s.
func (s *Service) SetSleep(sleep func(context.Context, time.Duration) error) { s.sleep = sleep }

// The parts that fuzz targets and tables drive without a server.

// ParseToken returns MSAL's view of a token answer.
func ParseToken(body []byte) ([]byte, error) {
	a, err := parseToken(reply{status: http.StatusOK, body: body})
	if err != nil {
		return nil, err
	}
	return a.view(), a.idErr
}

// ParseDeviceCode returns what would be shown of a device code answer, and the interval.
func ParseDeviceCode(body []byte, a authority.Authority) (user, page string, interval time.Duration, err error) {
	c, err := parseDeviceCode(reply{status: http.StatusOK, body: body}, a)
	return c.user, c.page, c.interval, err
}

// ParseError returns the Error of an answer.
func ParseError(status int, header http.Header, body string) (*Error, bool) {
	return parseError(reply{status: status, header: header, body: []byte(body), at: time.Now()})
}
