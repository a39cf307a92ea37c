package cli

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/entralogin/entralogin/plugin"
	"github.com/entralogin/entralogin/plugin/text"
)

// Format is the form of an answer.
type Format string

// The formats. Table is for a person.
const (
	Table Format = "table"
	JSON  Format = "json"
	YAML  Format = "yaml"
)

// Output is the flag --output.
type Output struct {
	word  string
	known []Format
}

// OutputFlag adds --output with the formats that a command has, the default first.
func OutputFlag(flags *pflag.FlagSet, formats ...Format) *Output {
	o := &Output{known: formats}
	flags.StringVarP(&o.word, "output", "o", "", "`format`: "+o.choice()+" (default "+string(formats[0])+")")
	return o
}

func (o *Output) choice() string {
	words := make([]string, len(o.known))
	for i, f := range o.known {
		words[i] = string(f)
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// Format is the one that was asked for.
func (o *Output) Format() (Format, error) {
	switch {
	case o.word == "":
		return o.known[0], nil
	case !slices.Contains(o.known, Format(o.word)):
		return "", Usagef("--output %s is no format: %s", text.Short(o.word, 40), o.choice())
	}
	return Format(o.word), nil
}

// Answer writes an answer, in one write.
func (f *Factory) Answer(answer []byte) error {
	if _, err := f.Out.Write(answer); err != nil {
		return &plugin.OutputError{Err: err}
	}
	return nil
}

// AnswerText is Answer for a text.
func (f *Factory) AnswerText(answer string) error { return f.Answer([]byte(answer)) }

// Show answers with value as JSON, or with what table writes.
func (f *Factory) Show(format Format, value any, table func(*bytes.Buffer) error) error {
	var out bytes.Buffer
	var err error
	if format == JSON {
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(value)
	} else {
		err = table(&out)
	}
	if err != nil {
		return err
	}
	return f.Answer(out.Bytes())
}
