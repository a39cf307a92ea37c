package docker

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/claims"
	"github.com/entralogin/entralogin/plugin/https"
	"github.com/entralogin/entralogin/plugin/text"
)

// Error is a refusal of a registry.
type Error struct{ https.Refusal }

func (e *Error) Error() string { return e.Describe(e.hint()) }

// hint says whose turn it is.
func (e *Error) hint() string {
	switch e.Status {
	case http.StatusUnauthorized:
		return "it takes no token of this account, or of this tenant: name the tenant that the registry is in"
	case http.StatusForbidden:
		return "whoever manages it has to give the account a role such as AcrPull, or let this network in"
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return "it seems to be no container registry of Azure"
	}
	return ""
}

// refusal is an answer that is no success, or what asks for another token.
func (c *Client) refusal(path string, resp *http.Response, body []byte) error {
	e := &Error{readRefusal(c.Host, path, resp, body)}
	if wanted := claims.Wanted(e.Status, resp.Header); wanted != "" {
		return &plugin.ChallengeError{Claims: wanted, Err: e}
	}
	return e
}

// readRefusal reads what a registry says: {"errors":[{"code","message"}]}, of which the first one is told.
// https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
func readRefusal(host, path string, resp *http.Response, body []byte) https.Refusal {
	r := https.ReadRefusal(host, path, resp.StatusCode, resp.Header, nil)
	var in struct {
		Errors []struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"errors"`
	}
	_ = json.Unmarshal(body, &in) // best effort: where a part has another type, the others are still good
	if len(in.Errors) > 0 {
		r.Code = text.Redact(in.Errors[0].Code, 100)
		r.Message = strings.TrimSpace(text.Redact(in.Errors[0].Message, 400))
	}
	if r.Message != "" && strings.Contains("{[<", r.Message[:1]) { // JSON or a page, wrapped into it
		r.Message = ""
	}
	r.RequestID = cmp.Or(r.RequestID, text.Redact(resp.Header.Get("x-ms-correlation-request-id"), 64))
	return r
}
