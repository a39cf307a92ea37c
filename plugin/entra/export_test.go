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

// Explained returns all explanations, by what they explain. An error says that the table is not in order, or explains
// something twice.
func Explained() (map[string]Explanation, error) {
	var entries map[string]Explanation
	if err := yaml.UnmarshalStrict(explanations, &entries); err != nil {
		return nil, err
	}
	all := map[string]Explanation{}
	for names, e := range entries {
		for _, name := range strings.Fields(names) {
			if _, twice := all[name]; twice {
				return nil, fmt.Errorf("%s is explained twice", name)
			}
			all[name] = e
		}
	}
	return all, nil
}
