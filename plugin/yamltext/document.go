// Package yamltext changes lines of a YAML text and leaves all others as they are. It knows as much of YAML as it
// takes to find what is laid out in the usual way. Whether the right lines were found is for its users to prove: they
// read the new text with a real reader, and compare what it means.
package yamltext

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// Document is a text in lines, and what is to be changed in it.
type Document struct {
	Lines []string // each with its end
	EOL   string   // "\n" or "\r\n"

	end     []byte // the marks of its end, and what stands behind
	splices []splice
}

// splice puts lines in the place of those from start to end.
type splice struct {
	start, end int
	lines      []string
}

// New takes a text apart. What ends the document stays behind all that is added.
func New(text []byte) *Document {
	body := withoutEnd(text)
	d := &Document{Lines: slices.Collect(strings.Lines(string(body))), end: text[len(body):], EOL: "\n"}
	if first, _, _ := bytes.Cut(text, []byte("\n")); bytes.HasSuffix(first, []byte("\r")) {
		d.EOL = "\r\n"
	}
	if last := len(d.Lines) - 1; last >= 0 && !strings.HasSuffix(d.Lines[last], "\n") {
		d.Lines[last] += d.EOL
	}
	return d
}

// Splice puts lines in the place of those from start to end. All count as they stand in Lines.
func (d *Document) Splice(start, end int, lines []string) {
	d.splices = append(d.splices, splice{start, end, lines})
}

// Text is the text with the changes.
func (d *Document) Text() []byte {
	slices.SortStableFunc(d.splices, func(a, b splice) int { return cmp.Or(a.start-b.start, a.end-b.end) })
	var b bytes.Buffer
	at := 0
	write := func(lines []string) {
		for _, line := range lines {
			b.WriteString(line)
		}
	}
	for _, s := range d.splices {
		write(d.Lines[at:s.start])
		write(s.lines)
		at = s.end
	}
	write(d.Lines[at:])
	b.Write(d.end)
	return b.Bytes()
}

// Render writes a value in block style, each line moved to the right by indent.
func (d *Document) Render(value any, indent int) []string {
	blob, err := yaml.Marshal(value)
	if err != nil {
		return nil // the proof fails
	}
	lines := slices.Collect(strings.Lines(string(blob)))
	for i, line := range lines {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			line = strings.Repeat(" ", indent) + line
		}
		lines[i] = line + d.EOL
	}
	return lines
}

// Scalar writes a text as a value on one line.
func Scalar(text string) string {
	if blob, err := yaml.Marshal(text); err == nil {
		if line := strings.TrimSuffix(string(blob), "\n"); !strings.Contains(line, "\n") {
			return line
		}
	}
	blob, _ := json.Marshal(text)
	return string(blob)
}

// HasComment reports whether a # in the lines is no part of what they mean.
func HasComment(lines []string) bool {
	text := strings.Join(lines, "")
	signs := strings.Count(text, "#")
	if signs == 0 {
		return false
	}
	meant, err := yaml.YAMLToJSON([]byte(strings.Replace(text, "- ", "  ", 1))) // on their own
	return err != nil || signs > bytes.Count(meant, []byte("#"))
}
