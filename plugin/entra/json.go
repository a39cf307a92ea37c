package entra

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"

	strictjson "sigs.k8s.io/json"

	"github.com/entralogin/entralogin/plugin/text"
)

var errNotObject = errors.New("no JSON object")

// object is a JSON object. Its names are compared exactly, which encoding/json does not do for structs.
type object map[string]json.RawMessage

// parseObject takes one JSON object and nothing else: no second value after it, no name twice. So nobody
// further down can read another answer in it than the one that was checked. Errors show nothing of data.
func parseObject(data []byte) (object, error) {
	var o object
	if twice, err := strictjson.UnmarshalStrict(data, &o); err != nil || len(twice) > 0 || o == nil {
		return nil, errNotObject
	}
	return o, nil
}

// has reports whether name is there and not null.
func (o object) has(name string) bool {
	v, ok := o[name]
	return ok && !bytes.Equal(v, []byte("null"))
}

// text returns the string that goes by name; ok is false if it is absent or no string.
func (o object) text(name string) (s string, ok bool) {
	if !o.has(name) {
		return "", false
	}
	return s, json.Unmarshal(o[name], &s) == nil
}

// number returns the finite number that goes by name, be it written as a number or as text.
func (o object) number(name string) (n float64, ok bool) {
	if !o.has(name) {
		return 0, false
	}
	text, isText := o.text(name)
	if !isText {
		text = string(o[name])
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && !math.IsInf(n, 0) && !math.IsNaN(n)
}

// marshal writes v without escaping <, > and &: MSAL takes some values as they stand between the quotes.
func marshal(v any) []byte {
	b, _ := text.JSON(v, "") // never fails for maps of strings and numbers
	return b
}
