package text

import (
	"bytes"
	"encoding/json"
	"io"
)

// JSON is a value in JSON with an end of line behind it, as people and other programs read it: <, > and & stand for themselves.
// indent stands before what is inside, once for each level; with "" all is one line.
func JSON(value any, indent string) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	err := e.Encode(value)
	return out.Bytes(), err
}

// WriteJSON writes a value as one line of JSON, in one piece or not at all.
func WriteJSON(out io.Writer, value any) error {
	line, err := JSON(value, "")
	if err == nil {
		_, err = out.Write(line)
	}
	return err
}
