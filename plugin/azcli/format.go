package azcli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/entralogin/entralogin/plugin/text"
)

// Output is the flag that says the format.
const Output = "output"

// Formats are the output formats of the Azure CLI: https://learn.microsoft.com/cli/azure/format-output-azure-cli
func Formats() []string {
	return []string{"json", "jsonc", "none", "table", "tsv", "yaml", "yamlc"}
}

// CheckFormat refuses what is no format; "" is the default, JSON. Errors: *Error.
func CheckFormat(format string) error {
	if format != "" && !slices.Contains(Formats(), format) {
		return errorf("--%s is %q, which is none of %s", Output, text.Short(format, 40), strings.Join(Formats(), ", "))
	}
	return nil
}

// Write returns fields in a format, in the order of their names, as the Azure CLI prints them. The formats with
// colours are written without. Errors: *Error, and that a value can't be encoded.
func Write(format string, fields map[string]any) ([]byte, error) {
	if err := CheckFormat(format); err != nil {
		return nil, err
	}
	switch format {
	case "none":
		return nil, nil
	case "tsv":
		return []byte(strings.Join(values(fields), "\t") + "\n"), nil
	case "table":
		return writeTable(fields), nil
	case "yaml", "yamlc":
		return writeYAML(fields)
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(fields)
	return out.Bytes(), err
}

// writeYAML writes one field after the other: the package has an order of its own.
func writeYAML(fields map[string]any) ([]byte, error) {
	var out bytes.Buffer
	for _, name := range names(fields) {
		line, err := yaml.Marshal(map[string]any{name: fields[name]})
		if err != nil {
			return nil, err
		}
		out.Write(line)
	}
	return out.Bytes(), nil
}

func names(fields map[string]any) []string { return slices.Sorted(maps.Keys(fields)) }

func values(fields map[string]any) []string {
	var values []string
	for _, name := range names(fields) {
		values = append(values, fmt.Sprint(fields[name]))
	}
	return values
}

// writeTable writes a head, a line under it and one row.
func writeTable(fields map[string]any) []byte {
	rows := make([][]string, 3)
	for i, value := range values(fields) {
		name := names(fields)[i]
		for row, cell := range []string{strings.ToUpper(name[:1]) + name[1:], strings.Repeat("-", max(len(name)+2, len(value))), value} {
			rows[row] = append(rows[row], cell)
		}
	}
	return []byte(text.Table(rows, 0))
}
