package docker

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/entralogin/entralogin/plugin/failure"
)

// Input is what a client tells its helper.
type Input struct {
	Operation string // one of Operations
	Server    string // the registry as the client names it, "contoso.azurecr.io"; "" for list and version
}

// Bounds of the input, in bytes.
const (
	mostServer = 2 << 10
	mostStore  = 256 << 10 // a refresh token of a registry is a few KiB
)

// Missing is the What of an InputError for an input without a registry.
const Missing = "names no registry"

// InputError says what is wrong with the input. Nothing of it is shown.
type InputError struct{ What string }

func (e *InputError) Error() string { return "the input, which docker writes, " + e.What }

// Class is usage.
func (e *InputError) Class() failure.Class { return failure.Usage }

// Read reads what comes with an operation: the name of a registry for get and erase, JSON for store. Of that the
// name alone is kept. Nothing is read for list and version.
//
// Errors are *InputError, and those of in.
func Read(operation string, in io.Reader) (Input, error) {
	got := Input{Operation: operation}
	most := mostServer
	switch operation {
	case List, VersionOf:
		return got, nil
	case Store:
		most = mostStore
	case Get, Erase:
	default:
		return Input{}, &InputError{"comes with an operation that there is not: there are " + strings.Join(Operations(), ", ")}
	}
	raw, err := io.ReadAll(io.LimitReader(in, int64(most)+1))
	switch {
	case err != nil:
		return Input{}, fmt.Errorf("reading what docker writes: %w", err)
	case len(raw) > most:
		return Input{}, &InputError{fmt.Sprintf("is larger than %d KiB", most>>10)}
	case !utf8.Valid(raw):
		return Input{}, &InputError{"is no UTF-8"}
	}
	server := string(raw)
	if operation == Store {
		if server, err = serverOf(raw); err != nil {
			return Input{}, err
		}
	}
	got.Server = strings.TrimSpace(server)
	switch {
	case got.Server == "":
		return Input{}, &InputError{Missing}
	case strings.ContainsFunc(got.Server, unicode.IsControl):
		return Input{}, &InputError{"has a control character in the name of the registry"}
	}
	return got, nil
}

// serverOf returns the registry of {"ServerURL","Username","Secret"}. Of keys that stand there twice it is not known
// which one counts.
func serverOf(raw []byte) (string, error) {
	d := json.NewDecoder(strings.NewReader(string(raw)))
	if open, err := d.Token(); err != nil || open != json.Delim('{') {
		return "", &InputError{"is no JSON object"}
	}
	var server string
	var seen []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return "", &InputError{"is no JSON object"}
		}
		name, _ := key.(string)
		if slices.Contains(seen, name) {
			return "", &InputError{"has a name twice"}
		}
		seen = append(seen, name)
		var value any
		if d.Decode(&value) != nil {
			return "", &InputError{"is no JSON object"}
		}
		if name == "ServerURL" {
			server, _ = value.(string)
		}
	}
	if _, err := d.Token(); err != nil || len(strings.TrimSpace(string(raw[d.InputOffset():]))) > 0 {
		return "", &InputError{"is no JSON object, or more than one"}
	}
	return server, nil
}
