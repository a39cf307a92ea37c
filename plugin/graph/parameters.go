package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/entralogin/entralogin/plugin/failure"
	"github.com/entralogin/entralogin/plugin/text"
)

// Parameters is what MSAL's well-known device code sample reads from its parameters.json:
//
//	{
//	  "authority": "https://login.microsoftonline.com/contoso.onmicrosoft.com",
//	  "client_id": "11111111-2222-3333-4444-555555555555",
//	  "scope": ["User.ReadBasic.All"],
//	  "endpoint": "https://graph.microsoft.com/v1.0/users"
//	}
type Parameters struct {
	AuthorityHost string   // in lower case, with a port if it is not 443
	Tenant        string   // GUID or domain name, or common, organizations, consumers
	ClientID      string   // GUID, in lower case
	Scopes        []string // at least one
	Endpoint      string   // https address; "" if the file has none. See CheckEndpoint.
}

// ParametersError says what is wrong with a parameters.json. It shows no value of the file.
type ParametersError struct {
	File string
	Key  string // the key that What is about; "" for the file as a whole
	What string
	Err  error // a *text.FileError, or nil
}

func (e *ParametersError) Error() string {
	file := ""
	if e.File != "" {
		file = text.Short(e.File, 200) + ": "
	}
	if e.Key == "" {
		return file + e.What
	}
	return fmt.Sprintf("%s%q %s", file, text.Short(e.Key, 60), e.What)
}

// Class is configuration.
func (e *ParametersError) Class() failure.Class { return failure.Config }
func (e *ParametersError) Unwrap() error        { return e.Err }

// ReadParameters reads and checks a parameters.json. Errors are *ParametersError.
func ReadParameters(file string) (Parameters, error) {
	data, err := text.ReadUserFile(file)
	if err != nil {
		what := err.Error()
		if fileErr := (*text.FileError)(nil); errors.As(err, &fileErr) {
			what = "it " + fileErr.What
		}
		return Parameters{}, &ParametersError{File: file, What: what, Err: err}
	}
	p, wrong := parseParameters(data)
	if wrong != nil {
		wrong.File = file
		return Parameters{}, wrong
	}
	return p, nil
}

// parseParameters does the work of ReadParameters; its errors lack the file.
func parseParameters(data []byte) (Parameters, *ParametersError) {
	var p Parameters
	keys := []struct {
		name string
		take func(json.RawMessage) (what string)
	}{
		{"authority", p.takeAuthority}, {"client_id", p.takeClient}, {"scope", p.takeScopes}, {"endpoint", p.takeEndpoint},
	}
	var known []string
	for _, key := range keys {
		known = append(known, key.name)
	}
	o, err := parseObject(data)
	if err != nil {
		return p, &ParametersError{What: jsonWords(data, err)}
	}
	if wrong := checkKeys(o, known); wrong != nil {
		return p, wrong
	}
	for _, key := range keys {
		raw := o.get(key.name)
		if raw == nil && key.name == "endpoint" {
			continue
		}
		what := "is missing"
		if raw != nil {
			what = key.take(raw)
		}
		if what != "" {
			return p, &ParametersError{Key: key.name, What: what}
		}
	}
	return p, nil
}

// jsonWords says why data is not one JSON object, with the line where it goes wrong.
func jsonWords(data []byte, err error) string {
	var syntax *json.SyntaxError
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return "it is empty"
	case errors.Is(err, errNoObject):
		return "it is not one JSON object"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it is cut short: the JSON object in it has no end"
	case errors.As(err, &syntax):
		line := 1 + bytes.Count(data[:min(int(syntax.Offset), len(data))], []byte("\n"))
		return fmt.Sprintf("it is not valid JSON: see line %d (JSON has no comments and no comma before a closing bracket)", line)
	}
	return "it is not valid JSON"
}

// checkKeys refuses secrets, keys that stand twice and keys that are not known, in this order.
func checkKeys(o object, known []string) *ParametersError {
	count := map[string]int{}
	for _, m := range o {
		if isSecretName(m.name) {
			return &ParametersError{Key: m.name, What: "must not be there: entralogin signs people in and takes no secret; " +
				"take it out, and replace the secret if others could read the file"}
		}
		count[m.name]++
	}
	for _, m := range o {
		if count[m.name] > 1 {
			return &ParametersError{Key: m.name, What: fmt.Sprintf("is there %d times", count[m.name])}
		}
	}
	for _, m := range o {
		if slices.Contains(known, m.name) {
			continue
		}
		what := "is not known here; the keys are " + strings.Join(known, ", ")
		if near := text.Nearest(m.name, known); near != "" {
			what = fmt.Sprintf("is not known here; is %q meant?", near)
		}
		return &ParametersError{Key: m.name, What: what}
	}
	return nil
}

// isSecretName reports whether a key is one under which programs keep secrets.
func isSecretName(key string) bool {
	key = strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(key))
	return slices.ContainsFunc([]string{"secret", "password", "passwd", "credential", "certificate", "privatekey", "thumbprint", "token"},
		func(part string) bool { return strings.Contains(key, part) })
}
