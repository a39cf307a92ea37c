package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// object is a JSON object whose members keep their order and their text.
type object []member

type member struct {
	name  string
	value json.RawMessage
}

var errNoObject = errors.New("no JSON object")

// parseObject parses one JSON object with nothing behind it.
func parseObject(data []byte) (object, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	if start, err := d.Token(); err != nil {
		return nil, err
	} else if start != json.Delim('{') {
		return nil, errNoObject
	}
	o := object{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		m := member{name: name.(string)} // the decoder lets nothing else stand there
		if err := d.Decode(&m.value); err != nil {
			return nil, err
		}
		o = append(o, m)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errNoObject
	}
	return o, nil
}

// get returns the value of a member, nil if there is none.
func (o object) get(name string) json.RawMessage {
	for _, m := range o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// text returns the value of a member for a person: a text, a number, true or false, or a list of such
// with commas in between; "" for anything else.
func (o object) text(name string) string {
	value := o.get(name)
	var items []json.RawMessage
	if json.Unmarshal(value, &items) != nil {
		return scalar(value)
	}
	var texts []string
	for _, raw := range items {
		if s := scalar(raw); s != "" {
			texts = append(texts, s)
		}
	}
	return strings.Join(texts, ", ")
}

func scalar(raw json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return ""
	}
	switch v := v.(type) {
	case string:
		return v
	case json.Number, bool:
		return fmt.Sprint(v)
	}
	return ""
}

// MarshalJSON writes o with its members in order; null where there is none.
func (o object) MarshalJSON() ([]byte, error) {
	if o == nil {
		return []byte("null"), nil
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(m.value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
