package kubeconfig

import (
	"bytes"
	"encoding/json"
	"reflect"
	"unicode/utf8"

	"sigs.k8s.io/yaml"
)

// Edit makes the change c in the text of a kubeconfig file; an empty text becomes a new file. A user entry
// that exists loses its credentials and keeps its other fields, such as extensions.
//
// The entries are spliced in as text, so that the rest keeps its bytes. That is then proven: the new text
// has to mean what the old one means, with the change made and nothing else. Where no splice can be proven
// (JSON, YAML in flow style, aliases) the whole file is written anew, and a note says what that loses.
// Where that can't be proven either nothing is edited. Errors are *Error without a path.
func Edit(text []byte, c Change) (edited []byte, notes []string, err error) {
	old, err := parse(text)
	if err != nil {
		return nil, nil, err
	}
	want, err := c.apply(old)
	if err != nil {
		return nil, nil, err
	}
	if reflect.DeepEqual(old, want) {
		return text, nil, nil
	}
	d := newDocument(text)
	if d.change(c, want) && means(d.text(), want) {
		if d.lost {
			notes = append(notes, "the comments inside the replaced entry could not be kept")
		}
		return d.text(), notes, nil
	}
	if edited = write(text, want); !means(edited, want) {
		return nil, nil, &Error{What: "can't be edited without a risk for what else stands in it"}
	}
	if !bytes.Equal(write(text, old), text) {
		what := "its layout and its comments could not be kept"
		if json.Valid(text) {
			what = "its layout could not be kept"
		}
		notes = append(notes, "the whole file was written anew, since it is not laid out as kubectl does it: "+what)
	}
	return edited, notes, nil
}

// parse reads what a kubeconfig means, without a type: nil for an empty file. It takes only what kubectl
// takes, and refuses what kubectl takes in silence though it can't be meant: a key that stands twice, a
// text behind the end of the document.
func parse(text []byte) (map[string]any, error) {
	switch {
	case len(text) > maxFile:
		return nil, &Error{What: "is larger than 16 MiB"}
	case !utf8.Valid(text) || bytes.IndexByte(text, 0) >= 0:
		return nil, &Error{What: "is not in UTF-8"}
	}
	f, err := decode(text)
	if err == nil {
		err = newConfig(nil).add("", f)
	}
	if err != nil {
		return nil, err
	}
	blob, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return nil, &Error{What: "is no YAML that can be used: " + yamlWords(err)}
	}
	if !whole(text) {
		return nil, &Error{What: "goes on behind the end of its first YAML document, where kubectl doesn't read"}
	}
	top, err := generic(blob)
	if err != nil {
		return nil, &Error{What: "is no kubeconfig"}
	}
	if !f.looksRight() && len(top) > 0 {
		return nil, &Error{What: "is no kubeconfig: it has neither a kind nor contexts, clusters or users"}
	}
	return top, nil
}

func generic(blob []byte) (top map[string]any, err error) {
	d := json.NewDecoder(bytes.NewReader(blob))
	d.UseNumber()
	err = d.Decode(&top)
	return top, err
}

// whole reports whether the text is one YAML document to its end: a further key still belongs to it, or
// it is an element of a list.
func whole(text []byte) bool {
	const probe = "entralogin-reads-up-to-here"
	blob, err := yaml.YAMLToJSON(append(bytes.Clone(text), "\n"+probe+": 0\n"...))
	if err == nil && bytes.Contains(blob, []byte(probe)) {
		return true
	}
	blob, err = yaml.YAMLToJSON([]byte("[" + string(text) + "\n]"))
	var list []json.RawMessage
	return err == nil && json.Unmarshal(blob, &list) == nil && len(list) == 1
}

func (f *file) looksRight() bool {
	return f.Kind != "" || f.Contexts != nil || f.Clusters != nil || f.Users != nil || f.CurrentContext != ""
}

// means is the proof: the text is a kubeconfig, and it says what is wanted and nothing else.
func means(text []byte, want map[string]any) bool {
	got, err := parse(text)
	return err == nil && reflect.DeepEqual(got, want)
}

// write writes a whole file, as JSON if it was JSON.
func write(text []byte, top map[string]any) []byte {
	if len(top) > 0 && json.Valid(text) {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if e.Encode(top) != nil {
			return nil
		}
		return b.Bytes()
	}
	if bytes.Contains(text, []byte("!!")) {
		return nil // a tag such as !!binary can hold what JSON can't
	}
	edited, err := yaml.Marshal(top)
	if err != nil {
		return nil
	}
	return edited
}
