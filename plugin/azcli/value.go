package azcli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// A value of an answer is nil, a bool, a string, a json.Number as Python writes it, a []any, or an *object.

// object is a JSON object in the order of its names: the tables of the Azure CLI show it, and so do the queries that list
// names or values.
type object struct {
	names  []string
	values map[string]any
	made   bool // by a query, which says the order itself
}

func newObject() *object { return &object{values: map[string]any{}} }

func (o *object) set(name string, value any) {
	if _, ok := o.values[name]; !ok {
		o.names = append(o.names, name)
	}
	o.values[name] = value
}

// list are the values in their order.
func (o *object) list() []any {
	list := make([]any, len(o.names))
	for i, name := range o.names {
		list[i] = o.values[name]
	}
	return list
}

// Ordered is an object whose names have an order of their own.
type Ordered struct{ of *object }

// MarshalJSON writes the names in that order.
func (o Ordered) MarshalJSON() ([]byte, error) {
	w := jsonWriter{limit: most}
	err := w.write(o.of, 0)
	return w.out.Bytes(), err
}

// deepest is how far values may be nested: about as far as Python follows them.
const deepest = 500

var errDeep = errors.New("it is nested too deeply")

// decode reads a Go value as JSON would write it, and keeps the order of structs and of json.RawMessage.
func decode(value any) (any, error) {
	content, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return decodeJSON(content)
}

func decodeJSON(content []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(content))
	d.UseNumber()
	value, err := decodeNext(d, deepest)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON value")
	}
	return value, nil
}

func decodeNext(d *json.Decoder, depth int) (any, error) {
	if depth == 0 {
		return nil, errDeep
	}
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('['):
		list := []any{}
		for d.More() {
			element, err := decodeNext(d, depth-1)
			if err != nil {
				return nil, err
			}
			list = append(list, element)
		}
		_, err := d.Token()
		return list, err
	case json.Delim('{'):
		o := newObject()
		for d.More() {
			name, err := d.Token()
			if err != nil {
				return nil, err
			}
			value, err := decodeNext(d, depth-1)
			if err != nil {
				return nil, err
			}
			o.set(name.(string), value)
		}
		_, err := d.Token()
		return o, err
	}
	if n, ok := token.(json.Number); ok {
		return number(n), nil
	}
	return token, nil
}

// number is a number as Python writes it: a whole one with all of its digits, any other as the shortest that is read
// back the same.
func number(n json.Number) json.Number {
	if isWhole(n) {
		if n == "-0" {
			return "0"
		}
		return n
	}
	f, _ := n.Float64() // beyond the range: infinite, as to Python
	return float(f)
}

func isWhole(n json.Number) bool { return !strings.ContainsAny(string(n), ".eEIN") }

func whole(n json.Number) *big.Int {
	i, _ := new(big.Int).SetString(string(n), 10)
	return i
}

func float(f float64) json.Number {
	switch {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	case math.IsNaN(f):
		return "NaN"
	}
	if size := math.Abs(f); size != 0 && (size < 1e-4 || size >= 1e16) {
		return json.Number(strconv.FormatFloat(f, 'e', -1, 64))
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return json.Number(text)
}

// printed is how Python prints a scalar.
func printed(value any) string {
	switch v := value.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case json.Number:
		if i := slices.Index([]json.Number{"Infinity", "-Infinity", "NaN"}, v); i >= 0 {
			return []string{"inf", "-inf", "nan"}[i]
		}
	}
	return fmt.Sprint(value)
}

// kind is the type of a value in the words of JMESPath.
func kind(value any) string {
	switch value.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case string:
		return "string"
	case json.Number:
		return "number"
	case []any:
		return "array"
	case *object:
		return "object"
	}
	return "expression"
}
