package https

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Refusal is an answer that is no success, of a service that says why as Microsoft's interfaces do. All its text is clean.
// https://github.com/microsoft/api-guidelines/blob/vNext/azure/Guidelines.md#handling-errors
type Refusal struct {
	Host      string
	Path      string // what was asked for, without a query
	Status    int    // HTTP status
	Code      string // the service's code, "AuthorizationFailed"; "" if the answer had none
	Message   string // the service's words; "" if the answer had none
	RequestID string // what Microsoft's support asks for; "" if the answer had none
}

// ReadRefusal reads such an answer.
func ReadRefusal(host, path string, status int, h http.Header, body []byte) Refusal {
	var in struct {
		Error struct {
			Code       string `json:"code"`
			Message    string `json:"message"`
			InnerError struct {
				RequestID string `json:"request-id"`
			} `json:"innerError"`
		} `json:"error"`
	}
	_ = json.Unmarshal(body, &in) // best effort: where a part has another type, the others are still good
	id := cmp.Or(in.Error.InnerError.RequestID, h.Get("request-id"), h.Get("x-ms-request-id"))
	r := Refusal{Host: host, Path: text.Clean(path), Status: status, Code: text.Redact(in.Error.Code, 100),
		Message: strings.TrimSpace(text.Redact(in.Error.Message, 400)), RequestID: text.Redact(id, 64)}
	if r.Message != "" && strings.Contains("{[<", r.Message[:1]) { // JSON or a page, wrapped into it
		r.Message = ""
	}
	return r
}

// Describe says what was refused, and why. hint is what is to be done; "" if that is not known.
func (r Refusal) Describe(hint string) string {
	what := fmt.Sprintf("%s refused %s: %s", r.Host, r.Path, r.status())
	if r.Message != "" {
		what += ": " + strings.TrimRight(r.Message, ". ")
	}
	if hint != "" {
		what += "; " + hint
	}
	return what + r.support()
}

// status is the HTTP status with its words, and the service's code.
func (r Refusal) status() string {
	status := fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status))
	if r.Code != "" {
		status += ", " + r.Code
	}
	return status
}

// support is what to quote to Microsoft's support.
func (r Refusal) support() string {
	if r.RequestID == "" {
		return ""
	}
	return " (request ID " + r.RequestID + ")"
}

// Class is refused.
func (r Refusal) Class() failure.Class { return failure.Refused }
