package kube

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/entralogin/entralogin/plugin/text"
)

// maxDepth is how deep objects and lists may stand in one another. An ExecCredential needs 3, and the
// cluster's config a few more.
const maxDepth = 64

// checkJSON reads data as one JSON value in which no object has the same key twice, at any depth. Errors
// are *InputError.
func checkJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // 1e999 is a number, too
	if err := checkValue(d, 0); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return &InputError{"goes on behind its end"}
	}
	return nil
}

// checkValue reads the next value of d with all that is in it.
func checkValue(d *json.Decoder, depth int) error {
	token, err := next(d)
	if err != nil {
		return err
	}
	if token != json.Delim('{') && token != json.Delim('[') {
		return nil
	}
	if depth == maxDepth {
		return &InputError{fmt.Sprintf("is nested more than %d deep", maxDepth)}
	}
	seen := map[string]bool{}
	for d.More() {
		if token == json.Delim('{') {
			if err := checkKey(d, seen); err != nil {
				return err
			}
		}
		if err := checkValue(d, depth+1); err != nil {
			return err
		}
	}
	_, err = next(d) // the bracket at the end
	return err
}

// checkKey reads the key that comes next.
func checkKey(d *json.Decoder, seen map[string]bool) error {
	token, err := next(d)
	if err != nil {
		return err
	}
	key, _ := token.(string) // the decoder lets nothing else stand there
	if seen[key] {
		return &InputError{fmt.Sprintf("has the key %q twice in one object", text.Short(key, 60))}
	}
	seen[key] = true
	return nil
}

func next(d *json.Decoder) (json.Token, error) {
	token, err := d.Token()
	switch {
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return nil, &InputError{"is cut short"}
	case err != nil:
		return nil, &InputError{"is not JSON"}
	}
	return token, nil
}
