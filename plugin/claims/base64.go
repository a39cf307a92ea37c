package claims

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"github.com/entralogin/entralogin/plugin/text"
)

var (
	errNoJWT     = errors.New("no JSON Web Token: its claims can't be read")
	errNoBase64  = errors.New("no base64")
	errNoRequest = errors.New("no JSON object in base64")
)

// Decode decodes base64url "with all trailing '=' characters omitted ... and without the inclusion of any line
// breaks" (https://www.rfc-editor.org/rfc/rfc7515#section-2). An error holds nothing of the text.
func Decode(text string) ([]byte, error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, errNoBase64
	}
	return b, nil
}

// Parts decodes header, claims and signature of a JSON Web Token
// (https://www.rfc-editor.org/rfc/rfc7515#section-7.1); none of them may be empty. An error holds nothing of
// the token.
func Parts(token string) (parts [3][]byte, err error) {
	encoded := strings.Split(token, ".")
	if len(encoded) != len(parts) {
		return parts, errNoJWT
	}
	for i, part := range encoded {
		if parts[i], err = Decode(part); err != nil || len(parts[i]) == 0 {
			return [3][]byte{}, errNoJWT
		}
	}
	return parts, nil
}

// longestRequest bounds a claims request, in bytes.
const longestRequest = 8 << 10

// IsRequest reports whether content is a claims request that can be sent on: a JSON object of at most 8 KiB
// without anything invisible. https://openid.net/specs/openid-connect-core-1_0.html#ClaimsParameter
func IsRequest(content string) bool {
	var fields map[string]json.RawMessage
	return len(content) <= longestRequest && json.Unmarshal([]byte(content), &fields) == nil && fields != nil && text.Clean(content) == content
}

// Request decodes the claims request that stands in the parameter claims of a challenge: base64 in either
// alphabet, with or without padding. An error holds nothing of it.
//
// https://learn.microsoft.com/entra/identity-platform/claims-challenge#claims-challenge-header-format
func Request(encoded string) (string, error) {
	standard := strings.NewReplacer("-", "+", "_", "/").Replace(encoded)
	content, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(standard, "="))
	if err != nil || !IsRequest(string(content)) {
		return "", errNoRequest
	}
	return string(content), nil
}
