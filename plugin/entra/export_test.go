package entra

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/authority"
)

// SetSleep replaces the waits of s.
func (s *Service) SetSleep(sleep func(context.Context, time.Duration) error) { s.sleep = sleep }

// The parts that fuzz targets and tables drive without a server.

// ParseToken returns MSAL's view of a token answer.
func ParseToken(body []byte) ([]byte, error) {
	a, err := parseToken(reply{status: http.StatusOK, body: body}, "")
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

// Explained returns how many numbers and codes are explained. An error says that the table is not in order, or explains
// one of them twice.
func Explained() (int, error) {
	var entries map[string]Explanation
	if err := yaml.UnmarshalStrict(explanations, &entries); err != nil {
		return 0, err
	}
	seen := map[string]bool{}
	for names := range entries {
		for _, name := range strings.Fields(names) {
			if seen[name] {
				return 0, fmt.Errorf("%s is explained twice", name)
			}
			seen[name] = true
		}
	}
	return len(seen), nil
}
