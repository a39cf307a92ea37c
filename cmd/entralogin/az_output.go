package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// azFormats are the output formats of the Azure CLI: https://learn.microsoft.com/cli/azure/format-output-azure-cli
func azFormats() []string {
	return []string{"json", "jsonc", "none", "table", "tsv", "yaml", "yamlc"}
}

func checkAzFormat(format string) error {
	if format != "" && !slices.Contains(azFormats(), format) {
		return usagef("--%s is %q, which is none of %s", azOutput, format, strings.Join(azFormats(), ", "))
	}
	return nil
}

// writeAz writes fields in the order of their names, as the Azure CLI does. The formats with colours are
// written without.
func writeAz(w io.Writer, format string, fields map[string]any) error {
	switch format {
	case "none":
		return nil
	case "tsv":
		_, err := fmt.Fprintln(w, strings.Join(azValues(fields), "\t"))
		return err
	case "table":
		return writeAzTable(w, fields)
	case "yaml", "yamlc":
		return writeAzYAML(w, fields)
	}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(fields)
}

// writeAzYAML writes one field after the other: the package has an order of its own.
func writeAzYAML(w io.Writer, fields map[string]any) error {
	for _, name := range azNames(fields) {
		line, err := yaml.Marshal(map[string]any{name: fields[name]})
		if err != nil {
			return err
		}
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

func azNames(fields map[string]any) []string { return slices.Sorted(maps.Keys(fields)) }

func azValues(fields map[string]any) []string {
	var values []string
	for _, name := range azNames(fields) {
		values = append(values, fmt.Sprint(fields[name]))
	}
	return values
}

// writeAzTable writes a head, a line under it and one row.
func writeAzTable(w io.Writer, fields map[string]any) error {
	values := azValues(fields)
	var rows [3][]string
	for i, name := range azNames(fields) {
		width := max(len(name)+2, len(values[i]))
		head := strings.ToUpper(name[:1]) + name[1:]
		for row, cell := range []string{head, strings.Repeat("-", width), values[i]} {
			rows[row] = append(rows[row], fmt.Sprintf("%-*s", width, cell))
		}
	}
	for _, row := range rows {
		if _, err := fmt.Fprintln(w, strings.TrimRight(strings.Join(row, "  "), " ")); err != nil {
			return err
		}
	}
	return nil
}
